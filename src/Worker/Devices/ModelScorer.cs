using System.Runtime.InteropServices;
using FineWebTorch.Model;
using FineWebTorch.Worker.Pipeline;

namespace FineWebTorch.Worker.Devices;

/// <summary>The real model. A batch that does not fit into the device's memory is scored in two halves.</summary>
internal sealed class ModelScorer(EduClassifier model) : IScorer
{
    public string NumericClass { get; private set; } = model.NumericClass;

    public void Score(PackedBatch batch, Span<float> scores)
    {
        NumericClass = model.NumericClass;
        ScoreOrSplit(batch, scores);
    }

    public float ScoreAlone(ReadOnlySpan<int> tokenIds) => model.ScoreAloneInFloat32(tokenIds);

    private void ScoreOrSplit(PackedBatch batch, Span<float> scores)
    {
        try
        {
            model.Score(batch, scores);
            return;
        }
        catch (ExternalException full) when (batch.Documents > 1 && IsOutOfMemory(full))
        {
            // The halves are tried outside of the handler, when what the failed attempt held has been let go.
        }

        // Another make-up of batches may give other last bits.
        NumericClass = model.NumericClass + ";split";
        var half = batch.Documents / 2;
        ScoreOrSplit(Part(batch, 0, half), scores[..half]);
        ScoreOrSplit(Part(batch, half, batch.Documents), scores[half..]);
    }

    private static PackedBatch Part(PackedBatch batch, int begin, int end)
    {
        var lengths = batch.CumulativeLengths.Span;
        var starts = new int[end - begin + 1];
        for (var i = 0; i < starts.Length; i++)
            starts[i] = lengths[begin + i] - lengths[begin];
        return new PackedBatch(batch.TokenIds[lengths[begin]..lengths[end]].ToArray(), starts);
    }

    // libtorch has one kind of error for everything; these are its words on a GPU and on a CPU.
    private static bool IsOutOfMemory(ExternalException exception) =>
        exception.Message.Contains("out of memory", StringComparison.OrdinalIgnoreCase) ||
        exception.Message.Contains("can't allocate memory", StringComparison.OrdinalIgnoreCase);
}
