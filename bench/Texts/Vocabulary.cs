namespace FineWebTorch.Texts;

/// <summary>The words and word pieces that texts are made of, from the vocabulary of BERT uncased.</summary>
public sealed class Vocabulary
{
    /// <summary>Words stand from here on, the frequent ones first.</summary>
    private const int FirstWord = 1996;

    private const double ZipfExponent = 1.07;

    private readonly string[] _words;
    private readonly string[] _pieces;
    private readonly double[] _cumulative;

    public Vocabulary(string vocabularyFile)
    {
        var all = File.ReadAllLines(vocabularyFile);
        _words = [.. all.Skip(FirstWord).Where(word => word.Length > 0 && word.All(char.IsAsciiLetterLower))];
        _pieces =
        [
            .. all.Where(word => word.StartsWith("##", StringComparison.Ordinal))
                .Select(word => word[2..])
                .Where(piece => piece.All(char.IsAsciiLetterLower))
        ];
        if (_words.Length == 0 || _pieces.Length == 0)
            throw new InvalidDataException($"{vocabularyFile}: has no words from line {FirstWord + 1} on");
        _cumulative = new double[_words.Length];
        var sum = 0.0;
        for (var rank = 0; rank < _words.Length; rank++)
            _cumulative[rank] = sum += Math.Pow(rank + 1, -ZipfExponent);
    }

    /// <summary>A word by Zipf's law.</summary>
    public string Word(SplitMix64 random)
    {
        var at = Array.BinarySearch(_cumulative, random.Uniform() * _cumulative[^1]);
        return _words[Math.Min(at < 0 ? ~at : at, _words.Length - 1)];
    }

    /// <summary>A continuation, without its "##".</summary>
    public string Piece(SplitMix64 random) => _pieces[random.Between(0, _pieces.Length - 1)];
}
