using FineWebTorch.Model;

namespace FineWebTorch.PeerModels;

/// <summary>
/// A classifier as the ONNX graph that an export of transformers' module gives: operator by operator, in patterns that
/// runtimes know how to fuse. Inputs are input_ids, attention_mask and token_type_ids [batch, sequence].
/// </summary>
internal sealed class BertGraph(OnnxGraph graph, BertConfig config)
{
    public void Build()
    {
        var ids = graph.Input("input_ids");
        var mask = Mask(graph.Input("attention_mask"));
        var hidden = Embeddings(ids, graph.Input("token_type_ids"));
        for (var layer = 0; layer < config.Layers; layer++)
            hidden = Layer($"bert.encoder.layer.{layer}", hidden, mask);
        var first = graph.Node("Gather", [hidden, graph.Node("Squeeze", [graph.Constant(0)])], ("axis", 1));
        var pooled = graph.Node("Tanh", [Head("bert.pooler.dense", first)]);
        graph.Output("logits", Head("classifier", pooled));
    }

    /// <returns>[batch, 1, 1, sequence]: 0 for tokens, a very low number for padding</returns>
    private string Mask(string mask)
    {
        var ones = graph.Node("Cast", [graph.Node("Unsqueeze", [mask, graph.Constant(1, 2)])], ("to", 1));
        return graph.Node("Mul", [graph.Node("Sub", [graph.Constant(1f), ones]), graph.Constant(float.MinValue)]);
    }

    private string Embeddings(string ids, string types)
    {
        var sequence = graph.Node("Slice", [graph.Node("Shape", [ids]), graph.Constant(1), graph.Constant(2)]);
        string Table(string name) => graph.Weight($"bert.embeddings.{name}.weight");
        var positions = graph.Node("Slice", [Table("position_embeddings"), graph.Constant(0), sequence]);
        var words = graph.Node("Gather", [Table("word_embeddings"), ids]);
        var sum = graph.Node("Add", [words, graph.Node("Gather", [Table("token_type_embeddings"), types])]);
        return Norm("bert.embeddings.LayerNorm", graph.Node("Add", [sum, positions]));
    }

    private string Layer(string name, string hidden, string mask)
    {
        var attended = Linear($"{name}.attention.output.dense", Attention($"{name}.attention.self", hidden, mask));
        var middle = Norm($"{name}.attention.output.LayerNorm", graph.Node("Add", [attended, hidden]));
        var wide = Gelu(Linear($"{name}.intermediate.dense", middle));
        return Norm($"{name}.output.LayerNorm", graph.Node("Add", [Linear($"{name}.output.dense", wide), middle]));
    }

    private string Attention(string name, string hidden, string mask)
    {
        var shape = graph.Constant(0, 0, config.Heads, config.HeadSize);
        string Heads(string part, params int[] order)
        {
            var rows = graph.Node("Reshape", [Linear($"{name}.{part}", hidden), shape]);
            return graph.Node("Transpose", [rows], ("perm", order));
        }
        var products = graph.Node("MatMul", [Heads("query", 0, 2, 1, 3), Heads("key", 0, 2, 3, 1)]);
        var scaled = graph.Node("Div", [products, graph.Constant(MathF.Sqrt(config.HeadSize))]);
        var weights = graph.Node("Softmax", [graph.Node("Add", [scaled, mask])], ("axis", -1));
        var context = graph.Node("MatMul", [weights, Heads("value", 0, 2, 1, 3)]);
        var joined = graph.Node("Transpose", [context], ("perm", (int[])[0, 2, 1, 3]));
        return graph.Node("Reshape", [joined, graph.Constant(0, 0, config.HiddenSize)]);
    }

    private string Gelu(string x)
    {
        var erf = graph.Node("Erf", [graph.Node("Div", [x, graph.Constant(MathF.Sqrt(2))])]);
        var product = graph.Node("Mul", [x, graph.Node("Add", [erf, graph.Constant(1f)])]);
        return graph.Node("Mul", [product, graph.Constant(0.5f)]);
    }

    private string Linear(string name, string x)
    {
        var weight = graph.Node("Transpose", [graph.Weight($"{name}.weight")], ("perm", (int[])[1, 0]));
        return graph.Node("Add", [graph.Weight($"{name}.bias"), graph.Node("MatMul", [x, weight])]);
    }

    private string Norm(string name, string x) => graph.Node(
        "LayerNormalization", [x, graph.Weight($"{name}.weight"), graph.Weight($"{name}.bias")],
        ("axis", -1), ("epsilon", (float)config.LayerNormEpsilon));

    private string Head(string name, string x) =>
        graph.Node("Gemm", [x, graph.Weight($"{name}.weight"), graph.Weight($"{name}.bias")], ("transB", 1));
}
