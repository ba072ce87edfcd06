using System.Globalization;
using System.Text;
using System.Text.Json;

namespace FineWebTorch.Texts;

/// <summary>
/// Texts with the lengths of FineWeb's documents (log-normal, median 396 tokens, mean 650) and words by Zipf's law.
/// The same seed gives the same texts.
/// </summary>
public sealed class FineWebText(Vocabulary vocabulary, ulong seed)
{
    private const double Sigma = 0.996;
    private static readonly double Mu = Math.Log(396);

    private static readonly string[] Foreign =
        ["café", "naïve", "Zürich", "привет", "мир", "город", "数据", "学习", "東京", "한국어", "🙂", "🚀", "Ελλάδα"];

    private readonly SplitMix64 _random = new(seed);

    /// <summary>The next document, of about a drawn number of tokens.</summary>
    public string Next()
    {
        var target = Math.Max(8, (int)Math.Exp(Mu + (Sigma * _random.Normal())));
        var text = new StringBuilder();
        var (tokens, sentences, untilBreak) = (2, 0, _random.Between(3, 8));
        while (tokens < target)
        {
            if (text.Length > 0)
                text.Append(sentences == untilBreak ? '\n' : ' ');
            if (sentences == untilBreak)
                (sentences, untilBreak) = (0, _random.Between(3, 8));
            tokens += AppendSentence(text, target - tokens);
            sentences++;
        }
        return text.ToString();
    }

    /// <returns>About how many tokens were appended.</returns>
    private int AppendSentence(StringBuilder text, int most)
    {
        var tokens = 1; // the full stop
        var words = _random.Between(8, 25);
        for (var i = 0; i < words && tokens < most; i++)
        {
            if (i > 0)
                text.Append(' ');
            tokens += AppendWord(text, capital: i == 0 || _random.Chance(0.04));
            if (i < words - 1 && _random.Chance(0.06))
            {
                text.Append(',');
                tokens++;
            }
        }
        text.Append(_random.Chance(0.9) ? '.' : _random.Chance(0.5) ? '?' : '!');
        return tokens;
    }

    private int AppendWord(StringBuilder text, bool capital)
    {
        if (_random.Chance(0.02))
        {
            text.Append(CultureInfo.InvariantCulture, $"{_random.Between(1, 2100)}");
            return 1;
        }
        if (_random.Chance(0.005))
        {
            text.Append(Foreign[_random.Between(0, Foreign.Length - 1)]);
            return 3;
        }
        var word = vocabulary.Word(_random);
        text.Append(capital ? char.ToUpperInvariant(word[0]) : word[0]).Append(word, 1, word.Length - 1);
        if (!_random.Chance(0.08))
            return 1;
        text.Append(vocabulary.Piece(_random));
        return 2;
    }
}

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

/// <summary>Files of texts as JSON lines, which ours and the peers read alike.</summary>
public static class TextFile
{
    public static void Write(string path, IEnumerable<string> texts)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        File.WriteAllLines(path, texts.Select(text => JsonSerializer.Serialize(new { text })));
    }

    /// <summary>Texts with FineWeb's lengths, the same for a seed.</summary>
    public static IReadOnlyList<string> FineWebLike(int documents, ulong seed, string vocabularyFile)
    {
        var texts = new FineWebText(new Vocabulary(vocabularyFile), seed);
        return [.. Enumerable.Range(0, documents).Select(_ => texts.Next())];
    }
}
