// How a model is named inside the files that hold all of it.
#ifndef STORE_MODEL_NAMES_H
#define STORE_MODEL_NAMES_H

#define MODEL_ARCHITECTURE "axl" // general.architecture of GGUF files

// In front of the name of a file of the model directory: the key of its text.
#define MODEL_GGUF_FILE "axl.file."
#define MODEL_NOTE_FILE "axl_file."

// How tensors in blocks lie in a GGUF file: in groups, as decoding reads them (docs/formats.md),
// or, without the key, in rows. Groups are bytes to the format, and a text for each tensor has the
// type.
#define MODEL_GGUF_LAYOUT "axl.layout"
#define MODEL_GGUF_GROUPS "groups16"
#define MODEL_GGUF_BLOCKS "axl.blocks"

// The note of model.safetensors with the configuration that its tensors were saved with.
#define MODEL_NOTE_CONFIG "axl_config"

// Members of the dictionary in a .pt file.
#define MODEL_PT_STATE "model_state_dict"
#define MODEL_PT_CONFIG "config"
#define MODEL_PT_FILES "files"

#define MODEL_KEY_MAX 64 // room for a key of a file

#endif
