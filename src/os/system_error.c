// Does not include os/system.h: with the GNU switches on, strerror_r is another function.
#include "os/system_error.h"

#include "base/error.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

// Longest part of a subject that is shown; a longer one loses its start, so that the errno text
// behind it still fits into an axl_error.
#define SUBJECT_MAX 128

axl_status os_status_of(int number) {
    switch (number) {
    case 0:
        return AXL_OK;
    case ENOENT:
    case ENOTDIR:
        return AXL_NOT_FOUND;
    case ENOMEM:
        return AXL_NO_MEMORY;
    case EINVAL:
    case ENAMETOOLONG:
    case ELOOP:
        return AXL_BAD_ARGUMENT;
    case EISDIR:
        return AXL_BAD_FILE;
    case ENOSYS:
    case ENODEV:
    case ENOTSUP:
        return AXL_UNSUPPORTED;
    case EAGAIN:
    case EBUSY:
        return AXL_BUSY;
    default:
        return AXL_IO;
    }
}

axl_status os_error(axl_error *err, int number, const char *what, const char *subject) {
    char text[96];
    if (strerror_r(number, text, sizeof text) != 0) text[0] = '\0';
    const char *cut = "";
    const size_t length = strlen(subject);
    if (length > SUBJECT_MAX) {
        cut = "...";
        subject += length - SUBJECT_MAX;
        // Not in the middle of a UTF-8 character.
        while (((unsigned char)*subject & 0xC0) == 0x80) subject++;
    }
    const axl_status status = os_status_of(number);
    if (text[0] == '\0') {
        return error_set(err, status, "%s %s%s: error %d", what, cut, subject, number);
    }
    return error_set(err, status, "%s %s%s: %s", what, cut, subject, text);
}
