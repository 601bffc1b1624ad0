// A program outside the tree: it sees the installed headers and nothing else.
#include <axl/status.h>

#include <stdio.h>
#include <string.h>

// The library has functions with these names inside. A static library that showed them would not
// link here, and a shared one might call these.
void *arena_create(void *err);
void *mem_alloc(unsigned long size);
int error_set(void *err, int code, const char *text);

static int calls;

void *arena_create(void *err) {
    calls++;
    return err;
}

void *mem_alloc(unsigned long size) {
    calls++;
    return size != 0 ? &calls : 0;
}

int error_set(void *err, int code, const char *text) {
    calls++;
    return err != 0 && text != 0 ? code : 0;
}

int main(void) {
    if (strcmp(axl_status_name(AXL_OK), "OK") != 0) return 1;
    if (axl_status_exit_code(AXL_IO) != 4) return 2;
    if (calls != 0) return 3;
    printf("%s\n", axl_status_text(AXL_NO_MEMORY));
    return 0;
}
