// LlamaIndex's classes for Ollama's routes. It asks for a context of 4,096, more than there is.

import { Ollama, OllamaEmbedding } from '@llamaindex/ollama';
import { runCases } from './box.mjs';
import { conform } from './conform.mjs';

const told = (raw, text) => (raw.done
  ? { text, finish: raw.done_reason, usage: { in: raw.prompt_eval_count, out: raw.eval_count } }
  : { text });

const client = {
  name: '@llamaindex/ollama',
  status: (error) => error.status_code,
  message: (error) => error.message,
  make(url, { key }) {
    const config = { host: url, headers: { Authorization: `Bearer ${key}` } };
    const llm = (p) => {
      const made = new Ollama({ model: p.model ?? 'fills', config, options: { num_predict: p.max,
        seed: p.seed, stop: p.stop, temperature: p.temperature } });
      // It has no signal of its own, and leaving its loop does not hang up.
      p.signal?.addEventListener('abort', () => made.ollama.abort());
      return made;
    };
    return {
      async complete(p) {
        const { text, raw } = await llm(p).complete({ prompt: p.prompt });
        return told(raw, text);
      },
      async *completeStream(p) {
        for await (const { text, raw } of await llm(p).complete({ prompt: p.prompt, stream: true }))
          yield told(raw, text);
      },
      async chat(p) {
        const { message, raw } = await llm(p).chat({ messages: p.messages });
        return told(raw, message.content);
      },
      async *chatStream(p) {
        const stream = await llm(p).chat({ messages: p.messages, stream: true });
        for await (const { delta, raw } of stream) yield told(raw, delta);
      },
      embed: (texts) => new OllamaEmbedding({ model: 'fills', config }).getTextEmbeddings(texts),
    };
  },
};

const { cases, servers } = await conform(client);
await runCases(cases, ...servers);
