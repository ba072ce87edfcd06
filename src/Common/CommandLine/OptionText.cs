using System.Globalization;
using System.Net;

namespace FineWebTorch.Common;

/// <summary>
/// Reads the values of options. What cannot be read is a <see cref="FormatException"/> that says what to give.
/// </summary>
public static class OptionText
{
    /// <param name="zero">The word that stands for 0, if there is one.</param>
    public static int Whole(string text, int least, int most, string? zero = null) =>
        (int)WholeLong(text, least, most, zero);

    /// <inheritdoc cref="Whole"/>
    public static long WholeLong(string text, long least, long most, string? zero = null)
    {
        if (text == zero)
            return 0;
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) &&
            number >= least && number <= most)
            return number;
        var range = most is long.MaxValue or int.MaxValue ? $"of {least} or more" : $"from {least} to {most}";
        throw new FormatException($"give a whole number {range}{(zero is null ? "" : $", or {zero}")}");
    }

    public static string Write(long number, string? zero = null) =>
        number == 0 && zero is not null ? zero : number.ToString(CultureInfo.InvariantCulture);

    /// <summary>A number above 0, with or without decimals.</summary>
    public static double Positive(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) &&
        number > 0 && double.IsFinite(number)
            ? number
            : throw new FormatException("give a number above 0, for example 2.5");

    public static TimeSpan Duration(string text) =>
        Durations.TryParse(text, out var duration) && duration >= TimeSpan.FromMilliseconds(100)
            ? duration
            : throw new FormatException("give a duration of 100ms or more, for example 45s, 30m or 2h");

    public static string OneOf(string text, params IReadOnlyList<string> allowed) => allowed.Contains(text)
        ? text
        : throw new FormatException($"give {Among(allowed)}{Typos.Hint(text, allowed)}");

    /// <summary>A name of a device to compute on; whether this machine has it is another question.</summary>
    public static string Device(string text)
    {
        string[] names = ["auto", "cpu", "cuda", "cuda:N", "mps"];
        var isNumbered = text.StartsWith("cuda:", StringComparison.Ordinal) &&
            int.TryParse(text.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out _);
        if (isNumbered || names.Contains(text) && text != "cuda:N")
            return text;
        // It is one letter from another device.
        var hint = text == "gpu" ? "; did you mean cuda?" : Typos.Hint(text, names);
        throw new FormatException($"give {Among(names)}{hint}");
    }

    public static string NotEmpty(string text) => string.IsNullOrWhiteSpace(text)
        ? throw new FormatException("must not be empty")
        : text;

    /// <summary>A flag's value, as variables and files of options have it.</summary>
    public static bool Flag(string text) => text.ToUpperInvariant() switch
    {
        "TRUE" or "1" or "YES" or "ON" => true,
        "FALSE" or "0" or "NO" or "OFF" => false,
        _ => throw new FormatException("give true or false"),
    };

    public static IPEndPoint Address(string text)
    {
        const string localhost = "localhost:";
        var address = text.StartsWith(localhost, StringComparison.OrdinalIgnoreCase)
            ? $"127.0.0.1:{text[localhost.Length..]}"
            : text;
        // Without a port the whole text would be taken for an address.
        return address.Contains(':', StringComparison.Ordinal) && !address.EndsWith(']') &&
            IPEndPoint.TryParse(address, out var endpoint) &&
            address.EndsWith($":{endpoint.Port}", StringComparison.Ordinal)
                ? endpoint
                : throw new FormatException("give ADDRESS:PORT, for example 127.0.0.1:5090 or [::1]:5090");
    }

    /// <summary>A text that nobody may see, or <c>@FILE</c> with it in its first line.</summary>
    public static Secret Secret(string text)
    {
        if (!text.StartsWith('@'))
            return Demand(text);
        try
        {
            return Demand(File.ReadLines(text[1..]).FirstOrDefault() ?? "");
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new FormatException($"the file cannot be read: {unreadable.Message}", unreadable);
        }

        static Secret Demand(string word) =>
            word.Trim() is { Length: >= 16 } secret && secret.All(mark => mark is > ' ' and <= '~')
            ? new Secret(secret)
            : throw new FormatException("give 16 characters or more, letters, digits and marks of ASCII");
    }

    /// <returns><c>a, b or c</c>.</returns>
    public static string Among(IReadOnlyList<string> words) => words.Count < 2
        ? string.Concat(words)
        : $"{string.Join(", ", words.SkipLast(1))} or {words[^1]}";
}
