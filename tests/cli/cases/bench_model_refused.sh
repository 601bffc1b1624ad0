axl bench train --quick --preset micro-lyon
echo $?
axl bench train --quick --set d_modell=4
echo $?
axl bench train --quick --set d_model
echo $?
axl bench train --quick --set d_model=12x
echo $?
axl bench train --quick --set d_model=10
echo $?
axl bench decode --quick --dtype f64
echo $?
axl bench train --quick --dtype q8_0
echo $?
axl bench decode --quick --peer tensorflow
echo $?
axl bench train --quick --peer llama.cpp
echo $?
axl bench decode --quick --peer torch
echo $?
axl bench train --quick --batch 60000 --length 1000000
echo $?
