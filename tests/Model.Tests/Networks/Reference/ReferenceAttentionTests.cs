using FineWebTorch.Model.Networks.Reference;
using TorchSharp;

namespace FineWebTorch.Model.Tests.Networks.Reference;

/// <summary>Attention over a packed batch beside the definition, computed number by number in double precision.</summary>
public class ReferenceAttentionTests
{
    private static readonly BertConfig Shape = new() { HiddenSize = 12, Heads = 3 };

    [Theory]
    [InlineData(new[] { 1 })]
    [InlineData(new[] { 5, 5, 5 })]
    [InlineData(new[] { 9, 4, 4, 1, 1, 1, 7 })]
    public void OfAllTokens_MixedLengths_EqualsTheDefinition(int[] lengths)
    {
        var (input, cumulative) = Random(lengths, 3);
        using var scope = torch.NewDisposeScope();
        var tensor = torch.tensor(input, [cumulative[^1], 3 * Shape.HiddenSize]);
        var result = Attention(cumulative).OfAllTokens(tensor);
        Assert.Equal([cumulative[^1], Shape.HiddenSize], result.shape);
        Close(Defined(input, cumulative, allTokens: true), result);
    }

    [Theory]
    [InlineData(new[] { 1, 1 })]
    [InlineData(new[] { 9, 4, 4, 1, 1, 1, 7 })]
    public void OfFirstTokens_MixedLengths_EqualsTheFirstRows(int[] lengths)
    {
        var (input, cumulative) = Random(lengths, 3);
        using var scope = torch.NewDisposeScope();
        var all = torch.tensor(input, [cumulative[^1], 3 * Shape.HiddenSize]);
        var first = torch.tensor([.. cumulative[..^1].Select(start => (long)start)], dtype: torch.ScalarType.Int64);
        var queries = all.narrow(1, 0, Shape.HiddenSize).index_select(0, first);
        var keysValues = all.narrow(1, Shape.HiddenSize, 2 * Shape.HiddenSize).contiguous();
        var result = Attention(cumulative).OfFirstTokens(queries, keysValues);
        Assert.Equal([lengths.Length, Shape.HiddenSize], result.shape);
        Close(Defined(input, cumulative, allTokens: false), result);
    }

    private static ReferenceAttention Attention(int[] cumulative) => new(Shape, SequenceRun.Of(cumulative, 60));

    private static (float[] Input, int[] Cumulative) Random(int[] lengths, int parts)
    {
        var random = new Random(lengths.Length);
        int[] cumulative = [0, .. lengths.Select((_, i) => lengths[..(i + 1)].Sum())];
        var input = Enumerable.Range(0, cumulative[^1] * parts * Shape.HiddenSize)
            .Select(_ => (float)(4 * random.NextDouble() - 2));
        return ([.. input], cumulative);
    }

    private static List<double> Defined(float[] input, int[] cumulative, bool allTokens)
    {
        var (hidden, size) = (Shape.HiddenSize, Shape.HeadSize);
        double At(int token, int part, int head, int i) => input[(token * 3 + part) * hidden + head * size + i];
        var result = new List<double>();
        for (var document = 0; document + 1 < cumulative.Length; document++)
        {
            var tokens = Enumerable.Range(cumulative[document], cumulative[document + 1] - cumulative[document]).ToList();
            foreach (var query in allTokens ? tokens : tokens[..1])
                for (var head = 0; head < Shape.Heads; head++)
                {
                    var weights = tokens.Select(key => Math.Exp(Enumerable.Range(0, size)
                        .Sum(i => At(query, 0, head, i) * At(key, 1, head, i)) / Math.Sqrt(size))).ToList();
                    for (var i = 0; i < size; i++)
                        result.Add(tokens.Zip(weights, (key, weight) => weight * At(key, 2, head, i)).Sum() / weights.Sum());
                }
        }
        return result;
    }

    private static void Close(List<double> expected, torch.Tensor actual)
    {
        var values = actual.data<float>().ToArray();
        Assert.Equal(expected.Count, values.Length);
        Assert.All(expected.Zip(values), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
    }
}
