#include "store/checkpoint_best.h"

#include "base/error.h"
#include "base/strings.h"
#include "os/folder.h"
#include "os/link.h"
#include "store/checkpoint_list.h"
#include "store/model_dir.h"
#include "store/path_join.h"

#include <string.h>

// What OUT/best may hold: the name of a checkpoint behind its folder and nothing else, so that a
// folder from elsewhere cannot lead out of itself.
static bool names_checkpoint(const char *text) {
    static const char start[] = CHECKPOINT_FOLDER "/step-";
    if (!string_starts(text, start)) return false;
    text += strlen(start);
    return *text && strspn(text, "0123456789.") == strlen(text);
}

axl_status checkpoint_best_find(checkpoint_best *out, const char *out_dir, axl_error *err) {
    buf name = {0};
    *out = (checkpoint_best){{0}, {0}};
    axl_status status = checkpoint_best_read(&name, out_dir, err);
    if (status == AXL_OK && name.size == 0)
        status = error_set(err, AXL_NOT_FOUND, "%s has no best checkpoint", out_dir);
    else if (status == AXL_OK && !names_checkpoint(buf_string(&name)))
        status = error_set(err, AXL_BAD_FILE, "%s/best is no checkpoint", out_dir);
    if (status == AXL_OK) status = path_join(&out->path, out_dir, name.data, err);
    buf_free(&name);
    FORWARD(status);
    checkpoint_state state = {0};
    status = checkpoint_state_read(&state, out->path.data, err);
    out->progress = state.record.progress;
    checkpoint_state_free(&state);
    return status;
}

axl_status checkpoint_best_show(const checkpoint_best *best, const char *out_dir, axl_error *err) {
    buf from = {0}, to = {0};
    axl_status status = path_join(&from, best->path.data, MODEL_DIR_WEIGHTS, err);
    if (status == AXL_OK) status = path_join(&to, out_dir, MODEL_DIR_WEIGHTS, err);
    if (status == AXL_OK) status = os_link_replace(to.data, from.data, err);
    if (status == AXL_OK) status = os_folder_sync(out_dir, err);
    buf_free(&from);
    buf_free(&to);
    return status;
}
