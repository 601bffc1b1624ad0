#include "os/library.h"

#include "base/alloc.h"
#include "base/error.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

struct os_library {
    void *handle;
};

axl_status os_library_open(os_library **out, const char *name, axl_error *err) {
    *out = NULL;
    RETURN_IF(name == NULL || *name == '\0', err, AXL_BAD_ARGUMENT, "no library name");
    os_library *library = mem_alloc(sizeof *library);
    if (library == NULL) return error_no_memory(err, "a library handle", sizeof *library);
    library->handle = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (library->handle == NULL) {
        mem_free(library);
        const char *reason = dlerror();
        return error_set(err, AXL_NOT_FOUND, "cannot load the library %s: %s", name,
                         reason == NULL ? "no reason given" : reason);
    }
    *out = library;
    return AXL_OK;
}

void os_library_close(os_library *library) {
    if (library == NULL) return;
    (void)dlclose(library->handle);
    mem_free(library);
}

void *os_library_data(os_library *library, const char *symbol) {
    return dlsym(library->handle, symbol);
}

os_function *os_library_function(os_library *library, const char *symbol) {
    // POSIX promises that the bits are right; ISO C has no cast for it.
    void *address = dlsym(library->handle, symbol);
    os_function *function;
    _Static_assert(sizeof function == sizeof address, "POSIX: same size");
    memcpy(&function, &address, sizeof function);
    return function;
}
