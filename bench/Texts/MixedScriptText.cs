using System.Text;

namespace FineWebTorch.Texts;

/// <summary>
/// Texts that change their script every few words, with FineWeb's lengths: what a crawl of the whole web holds, and the
/// hard case for a tokenizer of English. The same seed gives the same texts.
/// </summary>
public sealed class MixedScriptText(ulong seed)
{
    private const double Sigma = 0.996;
    private static readonly double Mu = Math.Log(150); // words; most of them are several tokens

    private static readonly Script[] Scripts =
    [
        new("abcdefghijklmnopqrstuvwxyz"),
        new("aäbcdeéèfghiïjklmnñoöpqrsßtuüvwxyz"),
        new("абвгдежзийклмнопрстуфхцчшщъыьэюя"),
        new("αβγδεζηθικλμνξοπρστυφχψωάέή"),
        new("ابتثجحخدذرزسشصضطظعغفقكلمنهوي"),
        new("אבגדהוזחטיכלמנסעפצקרשת"),
        new("कखगघचछजझटठडढणतथदधनपफबभमयरलवशषसह"),
        new("กขคงจชซดตถทนบปผพฟมยรลวสหอ"),
        new("가나다라마바사아자차카타파하한국어말글"),
        new("的一是不了人我在有他这中大来上国个到说们", Spaced: false),
        new("あいうえおかきくけこさしすせそアイウエオ", Spaced: false),
    ];

    private static readonly string[] Emoji = ["🙂", "🚀", "👩‍🔬", "🇪🇺", "❤️"];

    private readonly SplitMix64 _random = new(seed);

    public string Next()
    {
        var words = Math.Max(4, (int)Math.Exp(Mu + (Sigma * _random.Normal())));
        var text = new StringBuilder();
        while (words > 0)
        {
            var run = Math.Min(words, _random.Between(5, 30));
            AppendRun(text, Scripts[_random.Between(0, Scripts.Length - 1)], run);
            words -= run;
        }
        return text.ToString();
    }

    private void AppendRun(StringBuilder text, Script script, int words)
    {
        for (var word = 0; word < words; word++)
        {
            for (var letters = _random.Between(2, 9); letters > 0; letters--)
                text.Append(script.Letters[_random.Between(0, script.Letters.Length - 1)]);
            if (_random.Chance(0.01))
                text.Append(' ').Append(Emoji[_random.Between(0, Emoji.Length - 1)]);
            if (script.Spaced)
                text.Append(' ');
        }
        text.Append(script.Spaced ? ". " : "。");
    }

    private sealed record Script(string Letters, bool Spaced = true);
}
