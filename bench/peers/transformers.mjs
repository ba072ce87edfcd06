// transformers.js as its users run it: its tokenizer and its model, batches in file order.
import { env, pipeline } from "@huggingface/transformers";
import { readTexts, serve, timed } from "./serve.mjs";

let pipe;

await serve({
  /** models: the folder that holds the folder of the model. */
  async load({ models, model, threads }) {
    env.allowRemoteModels = false;
    env.localModelPath = models;
    const session_options = { intraOpNumThreads: threads };
    pipe = await pipeline("text-classification", model, { dtype: "fp32", device: "cpu", session_options });
  },
  /** From a file of texts to scores: the logits, since the pipeline's own result is a softmax over one label. */
  async score({ file, batch }) {
    const { value, seconds } = await timed(async () => {
      const texts = readTexts(file);
      const scores = [];
      for (let at = 0; at < texts.length; at += batch) {
        const inputs = pipe.tokenizer(texts.slice(at, at + batch), { padding: true, truncation: true });
        const { logits } = await pipe.model(inputs);
        scores.push(...logits.data);
      }
      return scores;
    });
    return { seconds, scores: value };
  },
});
