for size in '16Q' 'G' '.5G' '-1G' '+1G' ' 1G' '1e3' '0x10' '1.2.3G' 'inf' 'nan' '0' '0.5' '8388608T' '1 G' '1GiBs' '1KM'; do
    axl suggest --quick --ram "$size"
    echo $?
done
