// The whole public interface, and the version of the library.
//
// Rules that hold for every header: the library never prints, ends the process, reads the
// environment or installs handlers; a call that can fail returns an axl_status and takes the
// caller's axl_error; strings that a call returns are constants unless it says otherwise.
#ifndef AXL_AXL_H
#define AXL_AXL_H

#include <axl/bench.h>
#include <axl/compare.h>
#include <axl/cpu.h>
#include <axl/data.h>
#include <axl/data_make.h>
#include <axl/eval.h>
#include <axl/eval_code.h>
#include <axl/eval_task.h>
#include <axl/files.h>
#include <axl/generate.h>
#include <axl/lr_find.h>
#include <axl/models.h>
#include <axl/ollama.h>
#include <axl/quantize.h>
#include <axl/serve.h>
#include <axl/status.h>
#include <axl/train.h>

#ifdef __cplusplus
extern "C" {
#endif

// The version of these headers. Before 1.0 a new minor version may break the interface.
#define AXL_VERSION_MAJOR 0
#define AXL_VERSION_MINOR 1
#define AXL_VERSION_PATCH 0

// The version of the library that is loaded, "0.1.0". A constant; never free it.
AXL_API const char *axl_version(void);

#ifdef __cplusplus
}
#endif

#endif
