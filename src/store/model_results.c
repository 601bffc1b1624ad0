#include "store/model_results.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/strings.h"
#include "formats/json_text.h"
#include "os/file.h"
#include "store/path_join.h"

#include <math.h>
#include <string.h>

#define FILE_MOST ((size_t)64 << 20)
#define NUMBER_MOST 1e15 // nothing that was measured is larger

// json_object_get takes NULL, so a path of names may end anywhere.
static double number(const json_t *object, const char *name) {
    const json_t *value = json_object_get(object, name);
    const double read = json_is_number(value) ? json_number_value(value) : (double)NAN;
    return fabs(read) < NUMBER_MOST ? read : (double)NAN;
}

static uint64_t whole(const json_t *object, const char *name) {
    const json_t *value = json_object_get(object, name);
    return json_is_integer(value) && json_integer_value(value) > 0
               ? (uint64_t)json_integer_value(value)
               : 0;
}

static void text(char *out, size_t size, const json_t *object, const char *name) {
    const char *value = json_string_value(json_object_get(object, name));
    string_copy(out, size, value ? value : "");
}

static axl_task_figure figure(const json_t *object, const char *name) {
    const json_t *value = json_object_get(object, name);
    return (axl_task_figure){number(value, "value"), number(value, "low"), number(value, "high"),
                             whole(value, "count")};
}

static void read_task(axl_compare_task *out, const char *name, const json_t *task) {
    const char *baseline;
    json_t *figures, *baselines = json_object_get(task, "baselines");
    *out = (axl_compare_task){.questions = whole(task, "questions"), .unfit = whole(task, "unfit")};
    string_copy(out->task, sizeof out->task, name);
    text(out->figure_name, sizeof out->figure_name, task, "primary");
    out->figure = figure(json_object_get(task, "figures"), out->figure_name);
    json_object_foreach(baselines, baseline, figures) {
        if (out->baseline_count == AXL_TASK_BASELINES) break;
        axl_compare_baseline *to = &out->baseline[out->baseline_count++];
        string_copy(to->name, sizeof to->name, baseline);
        to->figure = figure(figures, out->figure_name);
        to->gain = figure(json_object_get(task, "gain"), baseline);
        out->beaten += to->gain.low > 0;
    }
}

static void read_all(axl_compare_model *out, const json_t *root) {
    const json_t *model = json_object_get(root, "model"), *run = json_object_get(root, "run");
    const json_t *held = json_object_get(root, "held_out");
    const char *name;
    json_t *task, *tasks = json_object_get(root, "tasks");
    text(out->preset, sizeof out->preset, model, "preset");
    out->parameters = whole(model, "parameters");
    out->context = whole(model, "context");
    out->seconds = number(run, "seconds");
    out->bytes = number(run, "bytes");
    out->bpb = number(held, "bpb");
    out->xz_bpb = number(held, "xz_bpb");
    json_object_foreach(tasks, name, task) {
        if (out->task_count < AXL_COMPARE_TASKS && json_is_object(task))
            read_task(&out->task[out->task_count++], name, task);
    }
}

static axl_status parse(axl_compare_model *out, const char *file, char *data, size_t bytes,
                        axl_error *err) {
    json_text j = {.what = file, .text = data, .size = bytes};
    json_t *root;
    FORWARD(json_text_value(&j, FILE_MOST, &root, err));
    axl_status status = json_text_end(&j, err);
    if (status == AXL_OK && !json_is_object(root))
        status = json_text_error(&j, 0, err, "an object must stand here");
    if (status == AXL_OK) read_all(out, root);
    json_decref(root);
    return status;
}

axl_status model_results_read(axl_compare_model *out, const char *path, axl_error *err) {
    buf file = {0};
    void *data = NULL;
    size_t bytes = 0;
    axl_error why;
    *out = (axl_compare_model){.path = path};
    FORWARD(path_join(&file, path, "results.json", err));
    axl_status status = os_file_read(file.data, FILE_MOST, &data, &bytes, &why);
    if (status == AXL_NOT_FOUND)
        error_set(err, status, "%s: no results.json there; axl train and axl eval task make it",
                  path);
    else if (status != AXL_OK)
        error_set(err, status, "%s", why.text);
    else
        status = parse(out, file.data, data, bytes, err);
    mem_free(data);
    buf_free(&file);
    return status;
}
