# A peer that cannot be measured is no failure, and says why.
AXL_LLAMA=$PWD axl bench decode --quick --preset micro-600k --dtype q6_k --peer llama.cpp | tail -1
axl bench decode --quick --preset micro-600k --peer llama.cpp --json >document || exit
grep -E '"(name|missing)"' document
ls
