using System.Buffers;
using System.Text;
using FineWebTorch.Model;
using Tokenizer = Microsoft.ML.Tokenizers.Tokenizer;

namespace FineWebTorch.TokenizerSpeed;

/// <summary>Texts, ours as UTF-8 in memory.</summary>
internal sealed class Corpus
{
    private readonly byte[][] _texts;
    private readonly int[] _ids;

    public Corpus(string name, IReadOnlyList<string> texts)
    {
        Name = name;
        Texts = texts;
        _texts = [.. texts.Select(Encoding.UTF8.GetBytes)];
        _ids = new int[_texts.Max(text => text.Length) + 2];
    }

    public string Name { get; }

    public IReadOnlyList<string> Texts { get; }

    public int Documents => _texts.Length;

    public long Bytes => _texts.Sum(text => (long)text.Length);

    /// <summary>Bytes of all texts that decide the ids of a tokenizer with a limit.</summary>
    public long BytesToRead(WordPieceTokenizer tokenizer) => _texts.Sum(text => (long)BytesToRead(tokenizer, text));

    /// <summary>Tokenizes every text on the calling thread.</summary>
    public void EncodeUtf8(WordPieceTokenizer tokenizer)
    {
        foreach (var text in _texts)
            tokenizer.Encode(text, _ids);
    }

    /// <inheritdoc cref="EncodeUtf8"/>
    public void EncodeStrings(Tokenizer tokenizer)
    {
        foreach (var text in Texts)
            tokenizer.EncodeToIds(text);
    }

    /// <summary>The ids of one text.</summary>
    public static int[] Encode(WordPieceTokenizer tokenizer, string text)
    {
        var ids = new ArrayBufferWriter<int>();
        tokenizer.Encode(Encoding.UTF8.GetBytes(text), ids);
        return ids.WrittenSpan.ToArray();
    }

    public IEnumerable<int[]> IdsBy(WordPieceTokenizer tokenizer) =>
        _texts.Select(text => _ids[..tokenizer.Encode(text, _ids)]);

    /// <summary>
    /// Where a text could end without another id. Of the several such places within the last word, one is taken: the
    /// search halves.
    /// </summary>
    private int BytesToRead(WordPieceTokenizer tokenizer, byte[] text)
    {
        var whole = _ids[..tokenizer.Encode(text, _ids)];
        var (low, high) = (0, text.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            var count = tokenizer.Encode(text.AsSpan(0, middle), _ids);
            if (_ids.AsSpan(0, count).SequenceEqual(whole))
                high = middle;
            else
                low = middle + 1;
        }
        return high;
    }
}
