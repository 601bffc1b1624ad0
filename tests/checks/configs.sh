#!/bin/sh
# configs.sh AXL: the files of configs/ are what tools/make_configs makes, a changed one is found,
# and axl train takes each of them.
set -eu
axl=$1
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
faults=0

fault() {
    echo "$1"
    faults=$((faults + 1))
}

"$root/tools/make_configs" --check "$axl" "$root/configs" || fault "configs/ is out of date"

cp -r "$root/configs" "$work/configs"
sed -i.bak 's/d_model: 256/d_model: 128/' "$work/configs/micro-lion.yaml"
rm "$work/configs/micro-lion.yaml.bak"
! "$root/tools/make_configs" --check "$axl" "$work/configs" >/dev/null ||
    fault "a changed configuration is not found"
cp "$root/configs/micro-lion.yaml" "$work/configs"
rm "$work/configs/auto.yaml"
! "$root/tools/make_configs" --check "$axl" "$work/configs" >/dev/null ||
    fault "a missing configuration is not found"
rm -r "$work/configs"
"$root/tools/make_configs" "$axl" "$work/configs"
diff -r "$root/configs" "$work/configs" || fault "another folder gets other files"

i=0
while [ $i -lt 2000 ]; do
    echo "line $i of some text"
    i=$((i + 1))
done >"$work/text"
for config in "$root"/configs/*.yaml; do
    name=$(basename "$config" .yaml)
    first=$("$axl" train --config "$config" --data "$work/text" --out "$work/model" --dry-run --quick \
        2>"$work/err" | head -n 1) || true
    case $first in
    "$name, "*" parameters; steps of "*) ;;
    *) fault "$config: '$first', $(cat "$work/err")" ;;
    esac
    # The count in the comment is that of the model; auto has none.
    [ "$name" = auto ] || head -n 1 "$config" | grep -q "$(echo "$first" | sed 's/.*, \([0-9,]* parameters\);.*/\1/')" ||
        fault "$config names another number of parameters than $first"
done
[ ! -e "$work/model" ] || fault "a dry run left a folder behind"
[ $faults -eq 0 ]
