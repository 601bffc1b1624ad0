// What training and evaluation left in results.json of a model directory.
#ifndef STORE_MODEL_RESULTS_H
#define STORE_MODEL_RESULTS_H

#include <axl/compare.h>

// Fills *out; what is not in the file, or not as it should be, is NAN, 0 or left out. path is
// borrowed and kept. AXL_NOT_FOUND, with what to do, where the directory has no results.json.
axl_status model_results_read(axl_compare_model *out, const char *path, axl_error *err);

#endif
