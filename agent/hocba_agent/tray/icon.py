"""The icon's four states, told apart by shape as well as by colour: a USB token, with a mark in its corner."""

from __future__ import annotations

from PIL import Image, ImageDraw

SIZE = 64
_TOKEN = {"none": "#8795a1", "ready": "#0b5cad", "signing": "#0b5cad", "trouble": "#0b5cad"}
_WHITE = "#ffffff"


def picture(state: str, size: int = SIZE) -> Image.Image:
    """none: hollow and grey · ready: a green tick · signing: an orange pen stroke and dots · trouble: a red "!"."""
    big = size * 4  # drawn large and made small: smooth edges
    image = Image.new("RGBA", (big, big), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)

    def at(*points: float) -> list[float]:
        return [point * big for point in points]

    colour = _TOKEN[state]
    line = round(big * (0.09 if state == "none" else 0.06))
    body, plug = at(0.24, 0.28, 0.76, 0.96), at(0.34, 0.05, 0.66, 0.3)
    if state == "none":
        draw.rounded_rectangle(plug, big * 0.03, outline=colour, width=line, fill=_WHITE)
        draw.rounded_rectangle(body, big * 0.1, outline=colour, width=line, fill=_WHITE)
    else:
        draw.rounded_rectangle(plug, big * 0.03, fill="#c3ccd4", outline=colour, width=line // 2)
        for left in (0.41, 0.53):
            draw.rectangle(at(left, 0.12, left + 0.06, 0.2), fill=colour)
        draw.rounded_rectangle(body, big * 0.1, fill=colour)
    badge = at(0.46, 0.46, 1.0, 1.0)
    if state == "ready":
        draw.ellipse(badge, fill="#1c7a3e", outline=_WHITE, width=line // 2)
        draw.line(at(0.58, 0.74, 0.69, 0.85, 0.88, 0.62), fill=_WHITE, width=round(big * 0.08), joint="curve")
    elif state == "signing":
        draw.rounded_rectangle(badge, big * 0.06, fill="#f2a900", outline=_WHITE, width=line // 2)
        for left in (0.55, 0.68, 0.81):
            draw.ellipse(at(left, 0.68, left + 0.1, 0.78), fill="#1b2733")
    elif state == "trouble":
        draw.polygon(at(0.73, 0.42, 1.0, 1.0, 0.46, 1.0), fill="#d93025", outline=_WHITE, width=line // 2)
        draw.rectangle(at(0.7, 0.6, 0.76, 0.82), fill=_WHITE)
        draw.ellipse(at(0.69, 0.86, 0.77, 0.94), fill=_WHITE)
    return image.resize((size, size), Image.Resampling.BOX)
