namespace FineWebTorch.Worker.Output;

/// <summary>Writes scores in one format. Called in row order by one thread.</summary>
internal interface IScoreWriter : IDisposable
{
    void Write(in ScoredDocument document);

    /// <summary>What was written so far may be shown.</summary>
    void Flush();

    /// <summary>Everything was written. Without this call the output is worthless.</summary>
    void Complete();
}
