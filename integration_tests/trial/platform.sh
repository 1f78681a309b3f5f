# Starts the connector of an image as Airbyte's platform does, within the image: through `AIRBYTE_ENTRYPOINT`, which a shell evaluates,
# with named pipes for stdin and stdout, and the exit code in a file. With STOP set it is told to stop after its first line.
#
# usage: sh platform.sh VERB ARGUMENT…
set -u
[ -n "$AIRBYTE_ENTRYPOINT" ] || exit 127
room=$(mktemp -d)
cd "$room" || exit 1
mkfifo stdin stdout
# What runs in the background has no other stdin than this.
exec 3<&0
cat <&3 >stdin &
(eval "$AIRBYTE_ENTRYPOINT $*" <stdin >stdout) &
child=$!
{
    if [ -n "${STOP:-}" ]; then
        IFS= read -r first
        echo "$first"
        kill -TERM "$child"
    fi
    cat
} <stdout &
printer=$!
wait "$child"
code=$?
wait "$printer"
echo "$code" >code.part
mv code.part exitCode.txt
exit "$(cat exitCode.txt)"
