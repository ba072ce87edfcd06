namespace FineWebTorch.Model.Tokenization;

/// <summary>One thread's working memory, kept between documents so that none allocates.</summary>
internal sealed class EncoderScratch
{
    [ThreadStatic]
    private static EncoderScratch? s_ofThread;

    private long _owner = -1;

    public WordCache Cache { get; } = new();

    /// <summary>The normalised word being read, as UTF-8.</summary>
    public byte[] Word { get; private set; } = [];

    /// <summary>The word's pieces.</summary>
    public int[] Pieces { get; private set; } = [];

    /// <summary>Takes the thread's scratch for one document of one vocabulary.</summary>
    /// <param name="maxWordLength">Most code points of a word that is split into pieces.</param>
    public static EncoderScratch Rent(long owner, int maxWordLength)
    {
        var scratch = s_ofThread ?? new EncoderScratch();
        // An output writer that tokenizes on its own account must not find this one.
        s_ofThread = null;
        if (scratch._owner != owner)
            scratch.SetOwner(owner, maxWordLength);
        return scratch;
    }

    public void Return() => s_ofThread = this;

    private void SetOwner(long owner, int maxWordLength)
    {
        _owner = owner;
        Cache.Clear();
        // 4 bytes a code point, and room to load a whole vector from a word's start.
        var length = Math.Max(4 * maxWordLength, 16) + 16;
        if (Word.Length >= length)
            return;
        Word = new byte[length];
        Pieces = new int[length];
    }
}
