golden=$(dirname "$0")/../../golden
ln -s "$golden" golden
echo text >text
: >empty
mkdir folder
mkdir folder/empty
axl eval bpb golden/full_groups
echo $?
axl eval bpb nowhere text
echo $?
axl eval bpb golden/full_groups text absent
echo $?
axl eval bpb golden/full_groups text folder
echo $?
axl eval bpb golden/full_groups empty
echo $?
axl eval bpb golden/full_groups text --limit 0
echo $?
