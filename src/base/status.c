#include <axl/status.h>

struct row {
    axl_status status;
    const char *name;
    const char *text;
    int http;
    int exit_code;
};

static const struct row rows[] = {
#define ROW(name, value, text, http, exit_code) {AXL_##name, #name, text, http, exit_code},
    AXL_STATUS_MAP(ROW)
#undef ROW
};

static const struct row unknown = {AXL_INTERNAL, "UNKNOWN", "unknown status", 500, 1};

static const struct row *find(axl_status status) {
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].status == status) return &rows[i];
    }
    return &unknown;
}

const char *axl_status_name(axl_status status) {
    return find(status)->name;
}

const char *axl_status_text(axl_status status) {
    return find(status)->text;
}

int axl_status_http(axl_status status) {
    return find(status)->http;
}

int axl_status_exit_code(axl_status status) {
    return find(status)->exit_code;
}
