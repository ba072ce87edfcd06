using System.Globalization;
using System.Text;

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
