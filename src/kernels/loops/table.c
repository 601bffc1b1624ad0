// The table of one level. A family that a level does not compile stays NULL and is inherited.
#include "kernels/loops/level.h"

#include "kernels/kernels.h"

extern const convert_kernels LEVEL(kernels_convert);

extern const kernels LEVEL(kernels_table);
const kernels LEVEL(kernels_table) = {
    .convert = &LEVEL(kernels_convert),
};
