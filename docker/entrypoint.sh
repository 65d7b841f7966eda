#!/bin/sh
# Becomes the user PUID:PGID, without any capability, before the program starts. A container that was started with
# --user is that user already and needs nothing.
set -eu

if [ "$(id -u)" = 0 ]; then
    for number in "$PUID" "$PGID"; do
        case $number in
        '' | *[!0-9]*)
            echo "PUID and PGID must be numbers, not '$PUID' and '$PGID'" >&2
            exit 2
            ;;
        esac
    done
    chown "$PUID:$PGID" /state
    exec setpriv --reuid "$PUID" --regid "$PGID" --clear-groups --inh-caps=-all --bounding-set=-all --no-new-privs -- "$@"
fi
exec "$@"
