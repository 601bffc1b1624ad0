axl help bench gem
echo $?
axl help bench peak now
