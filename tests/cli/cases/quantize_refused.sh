ln -s "$(dirname "$0")/../../golden/full_groups" model
: >empty
: >there.gguf
axl quantize model
echo $?
axl quantize model out.gguf --type q4_km
echo $?
axl quantize model out.gguf --layout columns
echo $?
axl quantize model out.gguf --type f16
echo $?
axl quantize model out.bin
echo $?
axl quantize model there.gguf
echo $?
axl quantize nowhere out.gguf
echo $?
axl quantize model out.gguf --calibrate empty
echo $?
[ -e out.gguf ] && echo written
axl quantize model out.gguf >/dev/null
axl quantize out.gguf more.gguf
echo $?
axl eval bpb out.gguf "$0" --strided --no-peers
echo $?
