#!/usr/bin/env bash
# Makes a bare Debian 12 able to run and test the workspace: Debian's packages, then .venv from
# requirements.lock. Safe to run again; does nothing that is already done.
#
#   setup.sh run    what `make demo` needs
#   setup.sh test   besides, what the tests' judges and doubles need
set -euo pipefail
cd "$(dirname "$0")/../.."
kind="${1:-run}"

say() { printf '\033[1m▸ %s\033[0m\n' "$*"; }

run_packages=(softhsm2)
test_packages=(
    xmlsec1 poppler-utils openssl gcc libc6-dev postgresql-15 util-linux
    opensc pcscd vsmartcard-vpcd            # a virtual reader with a card of the tests' own
    chromium firefox-esr fonts-noto-core    # pages, and windows that can write Vietnamese
    xvfb xdotool trayer                     # the agent's windows and tray, without a screen
    dbus-daemon                             # a bus on which a screen is locked
)

needed=("${run_packages[@]}")
[ "$kind" = test ] && needed+=("${test_packages[@]}")

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; elif command -v sudo >/dev/null; then sudo "$@"; else
        echo "Cần quyền root hoặc sudo để cài: $*" >&2
        exit 1
    fi
}

install_debian() {
    local missing=() package
    for package in "$@"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return
    command -v apt-get >/dev/null || { echo "Thiếu ${missing[*]}; hãy cài bằng trình quản lý gói của máy." >&2; exit 1; }
    say "Debian: ${missing[*]}"
    as_root apt-get update -qq
    # a cluster of PostgreSQL is made by each test run, in its own folder: the system one is not wanted
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# a Python of 3.11 or newer that can make a virtual environment; Debian's as the last resort
find_python() {
    local candidate
    for candidate in python3.11 python3 python3.12 python3.13 /usr/bin/python3; do
        command -v "$candidate" >/dev/null || continue
        "$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue
        command -v "$candidate"
        return
    done
    return 1
}

install_debian "${needed[@]}"
if ! python=$(find_python); then
    install_debian python3 python3-venv
    python=$(find_python) || { echo "Không tìm thấy Python 3.11 trở lên." >&2; exit 1; }
fi

# the agent's windows are drawn by Tk, which Debian's Python leaves out
if [ "$kind" = test ] && ! "$python" -c 'import tkinter' 2>/dev/null; then
    install_debian python3-tk
    "$python" -c 'import tkinter' || { echo "$python không có Tk (tkinter)." >&2; exit 1; }
fi

# the whole environment is remade when the lock or a room's declaration changes
stamp=$(cat requirements.lock pyproject.toml */pyproject.toml providers/*/pyproject.toml | sha256sum | cut -d' ' -f1)
if [ "$(cat .venv/.stamp 2>/dev/null || true)" = "$stamp" ]; then exit 0; fi

say "Python: $($python --version), .venv từ requirements.lock"
[ -x .venv/bin/pip ] || "$python" -m venv --clear .venv
.venv/bin/uv --version >/dev/null 2>&1 || .venv/bin/pip install -q --disable-pip-version-check 'uv>=0.5'
.venv/bin/uv pip sync -q --python .venv/bin/python --require-hashes requirements.lock
rooms=()
for room in core gateway agent providers/*/; do rooms+=(-e "$room"); done
.venv/bin/uv pip install -q --python .venv/bin/python --no-deps --no-build-isolation "${rooms[@]}"
echo "$stamp" > .venv/.stamp
