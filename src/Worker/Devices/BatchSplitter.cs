using FineWebTorch.Model;

namespace FineWebTorch.Worker.Devices;

/// <summary>Scores a batch, in parts where it does not fit into the device's memory as a whole.</summary>
internal sealed class BatchSplitter(BatchSplitter.ScoreBatch score)
{
    public delegate void ScoreBatch(PackedBatch batch, Span<float> scores);

    /// <returns>Whether it had to be split.</returns>
    public bool Score(PackedBatch batch, Span<float> scores)
    {
        try
        {
            score(batch, scores);
            return false;
        }
        catch (DeviceMemoryException) when (batch.Documents > 1)
        {
            // The halves are tried outside of the handler, when what the failed attempt held has been let go.
        }

        var half = batch.Documents / 2;
        Score(Part(batch, 0, half), scores[..half]);
        Score(Part(batch, half, batch.Documents), scores[half..]);
        return true;
    }

    private static PackedBatch Part(PackedBatch batch, int begin, int end)
    {
        var lengths = batch.CumulativeLengths.Span;
        var starts = new int[end - begin + 1];
        for (var i = 0; i < starts.Length; i++)
            starts[i] = lengths[begin + i] - lengths[begin];
        return new PackedBatch(batch.TokenIds[lengths[begin]..lengths[end]].ToArray(), starts);
    }
}
