namespace FineWebTorch.Model.Tokenization;

/// <summary>What a code point does to the words of a text, once normalised.</summary>
internal enum CharacterKind
{
    /// <summary>Belongs to a word as it is.</summary>
    Same = 0,

    /// <summary>Becomes other characters of the same word, all of combining class 0.</summary>
    Mapped = 1,

    /// <summary>Vanishes; the word goes on.</summary>
    Dropped = 2,

    /// <summary>Ends a word.</summary>
    Space = 3,

    /// <summary>A word of its own.</summary>
    Single = 4,

    /// <summary>As <see cref="Single"/>, but written otherwise once normalised.</summary>
    MappedSingle = 5,

    /// <summary>A sequence of the other kinds, or one that takes part in canonical reordering.</summary>
    Complex = 6,
}
