#include <axl/compare.h>

#include "base/error.h"
#include "store/model_results.h"
#include "train/compare_html.h"

axl_status axl_compare(const char *const *paths, size_t count, axl_compare_model *models,
                       axl_error *err) {
    RETURN_IF(!paths || !models || count == 0, err, AXL_BAD_ARGUMENT,
              "axl_compare: models and a place for them must be given");
    for (size_t i = 0; i < count; i++) FORWARD(model_results_read(&models[i], paths[i], err));
    return AXL_OK;
}

axl_status axl_compare_page(const axl_compare_model *models, size_t count, const char *html,
                            axl_error *err) {
    RETURN_IF(!models || !html, err, AXL_BAD_ARGUMENT,
              "axl_compare_page: models and a file must be given");
    return compare_html_write(models, count, html, err);
}
