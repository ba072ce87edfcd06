namespace FineWebTorch.Model.Tokenization;

/// <summary>What a byte means where a character may begin.</summary>
internal enum ByteKind : byte
{
    /// <summary>Part of a word, one byte once normalised.</summary>
    Word = 0,
    Space = 1,

    /// <summary>A word of its own.</summary>
    Single = 2,

    /// <summary>Needs a closer look: not ASCII, or not simple.</summary>
    Other = 3,

    /// <summary>An added token begins with this byte.</summary>
    MayBeAdded = 4,
}
