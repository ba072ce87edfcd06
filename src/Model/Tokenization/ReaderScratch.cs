namespace FineWebTorch.Model.Tokenization;

/// <summary>One thread's working memory, kept between documents so that none allocates.</summary>
internal sealed class ReaderScratch
{
    [ThreadStatic]
    private static ReaderScratch? s_ofThread;

    private long _owner = -1;
    private int[] _tail = [];

    public WordCache Cache { get; } = new();

    /// <summary>The normalised word being read, as UTF-8.</summary>
    public byte[] Word { get; private set; } = [];

    /// <summary>The word's pieces.</summary>
    public int[] Pieces { get; private set; } = [];

    /// <summary>The text being read, normalised, where that is done before words are found.</summary>
    public NormalizedText Text { get; } = new();

    /// <summary>Takes the thread's scratch for one text read with these tables.</summary>
    public static ReaderScratch Rent(WordPieceTables tables)
    {
        var scratch = s_ofThread ?? new ReaderScratch();
        // An output writer that tokenizes on its own account must not find this one.
        s_ofThread = null;
        if (scratch._owner != tables.Number)
            scratch.SetOwner(tables);
        return scratch;
    }

    /// <summary>Room for the last ids of a text, and for those that do not stay the last.</summary>
    public Span<int> ReserveTail(int count)
    {
        if (_tail.Length < count)
            _tail = new int[count];
        return _tail.AsSpan(0, count);
    }

    public void Return() => s_ofThread = this;

    private void SetOwner(WordPieceTables tables)
    {
        _owner = tables.Number;
        Cache.Clear();
        // 4 bytes a code point, and room to load a whole vector from a word's start.
        var length = Math.Max(4 * tables.MaxWordLength, 16) + 16;
        if (Word.Length >= length)
            return;
        Word = new byte[length];
        Pieces = new int[length];
    }
}
