#!/bin/sh
# Puts on the machine what neither PyPI nor npm can give: `scripts/machine.sh venv postgresql chromium`.
# As root on Debian it installs what is missing; anywhere else it says, in one line, what is.
set -eu

have() {
    case $1 in
        venv) python3 -c 'import ensurepip, venv' 2>/dev/null ;;
        node) command -v node >/dev/null && command -v npm >/dev/null ;;
        postgresql) ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 ;;
        chromium) [ -x /usr/bin/chromium ] ;;
        *) echo "scripts/machine.sh: what is '$1'?" >&2; exit 2 ;;
    esac
}

packages() {
    case $1 in
        venv) echo python3 python3-venv ;;
        node) echo nodejs npm ;;
        postgresql) echo postgresql ;;
        chromium) echo chromium fonts-liberation ;;
    esac
}

install() {
    # RUNLEVEL=1: the package's own server on port 5432 is not started; tests start one of theirs.
    RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive \
        apt-get install --yes -qq --no-install-recommends -o Dpkg::Use-Pty=0 "$@" >/dev/null
}

missing=
for tool in "$@"; do
    have "$tool" || missing="$missing $(packages "$tool")"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "missing on this machine, please install (Debian's names):$missing" >&2
    exit 1
fi

echo "installing:$missing"
# The lists of a new machine are absent or old: refresh them only when they turn out not to do.
# shellcheck disable=SC2086  # a list of package names
install $missing 2>/dev/null || { apt-get update -qq && install $missing; }
