"""Another person signs a slot: the record says so, and every other byte stays as it is."""

from __future__ import annotations

import re
from dataclasses import replace

from hocba_core.errors import NotFound
from hocba_core.transcript import writer
from hocba_core.transcript.content import Person
from hocba_core.transcript.record import LEADER, Skeleton
from hocba_core.transcript.route import SlotKind


def with_signer(skeleton: Skeleton, slot_id: str, person: Person) -> Skeleton:
    """The record with that signer named instead; nothing else is planned again, so what others signed stays as it was.

    Raises NotFound(kind="slot"), also for the seal, which is the school's; BadInput for a name that XML cannot hold.
    """
    if skeleton.slot(slot_id).kind is SlotKind.SEAL:
        raise NotFound(kind="slot")
    names = ("HO_TEN", "SO_DINH_DANH", *(("CHUC_VU",) if slot_id == LEADER else ()))
    said = {"HO_TEN": person.name, "SO_DINH_DANH": person.number, "CHUC_VU": person.position}
    inner = writer.fields(names, said).encode()
    element = skeleton.slot(slot_id).kind.value.upper().encode()
    named = re.compile(rb'(<%s CHU_KY="%s">).*?(</%s>)' % (element, slot_id.encode(), element), re.DOTALL)
    xml, found = named.subn(lambda match: match[1] + inner + match[2], skeleton.xml, count=1)
    if not found:
        raise NotFound(kind="slot")
    slots = tuple(replace(one, number=person.number) if one.id == slot_id else one for one in skeleton.slots)
    return replace(skeleton, xml=xml, slots=slots)
