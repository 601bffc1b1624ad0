#include <axl/serve.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/strings.h"
#include "server/doctor/doctor.h"

#define STANDARD_SECONDS 30

// What the caller gets: the result comes first, so that freeing it finds the rest.
typedef struct owned {
    axl_doctor_result result;
    doctor_report report;
    char url[320];
} owned;

static void take_report(owned *o) {
    o->result = (axl_doctor_result){.url = o->url,
                                    .model = o->report.model,
                                    .checks = o->report.checks,
                                    .check_count = o->report.count};
    for (size_t i = 0; i < o->report.count; i++)
        if (!o->report.checks[i].ok && !o->report.checks[i].needless) o->result.failed++;
}

axl_status axl_doctor(axl_doctor_result **out, const char *url, const axl_doctor_options *options,
                      axl_error *err) {
    const axl_doctor_options standard = {0};
    RETURN_IF(!out || !url, err, AXL_BAD_ARGUMENT,
              "axl_doctor: a place for the result and a URL must be given");
    *out = NULL;
    if (!options) options = &standard;
    const double seconds = options->seconds > 0 ? options->seconds : STANDARD_SECONDS;
    RETURN_IF(!(seconds <= 86400), err, AXL_BAD_ARGUMENT, "an answer may take up to 86400 seconds");
    owned *o = mem_zalloc(sizeof *o);
    if (!o) return error_no_memory(err, "a report", sizeof *o);
    string_copy(o->url, sizeof o->url, url);
    const doctor_spec spec = {.url = url,
                              .key = options->key,
                              .model = options->model,
                              .patience_ns = (uint64_t)(seconds * 1e9),
                              .progress = options->progress,
                              .progress_ctx = options->progress_ctx};
    const axl_status status = doctor_run(&spec, &o->report, err);
    take_report(o);
    if (status == AXL_OK)
        *out = &o->result;
    else
        axl_doctor_free(&o->result);
    return status;
}

void axl_doctor_free(axl_doctor_result *result) {
    owned *o = (owned *)result;
    if (!o) return;
    doctor_report_free(&o->report);
    mem_free(o);
}
