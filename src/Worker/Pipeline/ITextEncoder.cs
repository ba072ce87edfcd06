namespace FineWebTorch.Worker.Pipeline;

/// <summary>Turns text into what the model sees. Safe for several threads at once.</summary>
internal interface ITextEncoder
{
    /// <summary>The most ids a text can have.</summary>
    int MaxLength { get; }

    /// <param name="utf8">Well-formed UTF-8.</param>
    /// <param name="ids">At least <see cref="MaxLength"/> places.</param>
    /// <returns>How many ids were written; at least 2.</returns>
    int Encode(ReadOnlySpan<byte> utf8, Span<int> ids);
}
