#include <axl/axl.h>

_Static_assert(AXL_VERSION_MAJOR == PROJECT_MAJOR && AXL_VERSION_MINOR == PROJECT_MINOR &&
                   AXL_VERSION_PATCH == PROJECT_PATCH,
               "axl.h and the project's version differ");

#define TEXT_OF(number) #number
#define TEXT(number) TEXT_OF(number)

const char *axl_version(void) {
    return TEXT(AXL_VERSION_MAJOR) "." TEXT(AXL_VERSION_MINOR) "." TEXT(AXL_VERSION_PATCH);
}
