// ONNX Runtime on the CPU, given token ids.
import ort from "onnxruntime-node";
import { serve, timed } from "./serve.mjs";

const sessions = new Map();
const prepared = new Map();

/** A batch [documents][ids] as the graph's inputs, padded to its longest document. */
function inputs(documents) {
  const length = Math.max(...documents.map((ids) => ids.length));
  const dims = [documents.length, length];
  const [ids, mask, types] = [0, 0, 0].map(() => new BigInt64Array(documents.length * length));
  documents.forEach((document, row) =>
    document.forEach((id, column) => {
      ids[row * length + column] = BigInt(id);
      mask[row * length + column] = 1n;
    }),
  );
  const tensor = (values) => new ort.Tensor("int64", values, dims);
  return { input_ids: tensor(ids), attention_mask: tensor(mask), token_type_ids: tensor(types) };
}

const create = (model, optimization, threads) =>
  ort.InferenceSession.create(model, {
    executionProviders: ["cpu"],
    intraOpNumThreads: threads,
    graphOptimizationLevel: optimization,
  });

await serve({
  async load({ session, model, optimization, threads }) {
    const { value, seconds } = await timed(() => create(model, optimization, threads));
    sessions.set(session, value);
    return { seconds };
  },
  async release({ session }) {
    await sessions.get(session).release();
    sessions.delete(session);
  },
  /** Keeps batches [batches][documents][ids] under a name. */
  prepare({ name, batches }) {
    prepared.set(name, batches);
  },
  /** Scores of all documents in the order of the batches; the time includes the padding. */
  async score({ session, name }) {
    const { value, seconds } = await timed(async () => {
      const scores = [];
      for (const batch of prepared.get(name)) {
        const { logits } = await sessions.get(session).run(inputs(batch));
        scores.push(...logits.data);
      }
      return scores;
    });
    return { seconds, scores: value };
  },
});
