for n in 0 x -1 1.5 1025 99999999999999999999999 ' 2'; do
    axl bench peak --threads "$n"
    echo $?
done
axl bench peak -tx
