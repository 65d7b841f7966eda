#!/bin/sh
# Becomes the user PUID:PGID, without any capability, before tini and the program start: a tini that stayed root could
# not hand on a SIGTERM without the capability KILL. A container that was started with --user is that user already.
set -eu

fail() {
    echo "py-image-dedup: $1" >&2
    exit 2
}

if [ "$(id -u)" = 0 ]; then
    for number in "$PUID" "$PGID"; do
        case $number in
        '' | *[!0-9]*) fail "PUID and PGID must be numbers, not '$PUID' and '$PGID'." ;;
        esac
    done
    drop="setpriv --reuid $PUID --regid $PGID --clear-groups --inh-caps=-all --bounding-set=-all --no-new-privs --"
    # shellcheck disable=SC2086 - words and numbers only
    $drop true 2>/dev/null || drop="setpriv --reuid $PUID --regid $PGID --clear-groups --inh-caps=-all --no-new-privs --"
    # shellcheck disable=SC2086
    $drop true 2>/dev/null || fail "root may not become user $PUID here; start with --user $PUID:$PGID, or with the capabilities SETUID and SETGID."
    if [ "$(stat -c %u /state)" = 0 ]; then
        chown "$PUID:$PGID" /state 2>/dev/null || true # a volume that root made; where it may not, /state tells itself
    fi
    # shellcheck disable=SC2086
    exec $drop "$@"
fi
exec "$@"
