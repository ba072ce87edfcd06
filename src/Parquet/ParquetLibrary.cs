using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using ParquetSharp;

namespace FineWebTorch.Parquet;

/// <summary>The library that reads and writes Parquet here: ParquetSharp, which is Apache Arrow's C++ inside.</summary>
public static partial class ParquetLibrary
{
    /// <summary>A message may quote a whole value.</summary>
    private const int LongestQuote = 300;

    /// <summary>Read at a time, for each column; whole column chunks would be read without it.</summary>
    private const int BufferBytes = 1 << 16;

    /// <summary>Its name and version, say "ParquetSharp 25.0.1.2": another one writes other bytes.</summary>
    /// <exception cref="NotSupportedException">There is none for this system.</exception>
    public static string Version
    {
        get
        {
            ReaderProperties().Dispose();
            var assembly = typeof(ParquetFileReader).Assembly;
            var version = assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
                ?? $"{assembly.GetName().Version}";
            return $"ParquetSharp {version.Split('+')[0]}";
        }
    }

    internal static ReaderProperties ReaderProperties()
    {
        try
        {
            var properties = ParquetSharp.ReaderProperties.GetDefaultReaderProperties();
            properties.EnableBufferedStream();
            properties.BufferSize = BufferBytes;
            properties.EnablePageChecksumVerification();
            return properties;
        }
        catch (Exception exception) when (exception is DllNotFoundException or TypeInitializationException
            or BadImageFormatException or EntryPointNotFoundException)
        {
            throw new NotSupportedException(
                "ParquetSharp's native library cannot be loaded: it is there for Linux, macOS and Windows on x64 and "
                + $"arm64; restore the packages for this system ({OneLine(exception.Message)})", exception);
        }
    }

    /// <summary>Whether an exception may be the library's: its Arrow part throws plain ones.</summary>
    internal static bool Threw(Exception exception) =>
        exception is ParquetException or OverflowException
        || exception is NotSupportedException and not PlatformNotSupportedException
        || exception.GetType() == typeof(Exception);

    /// <summary>The library's words on an input file as one line that a person can act on.</summary>
    /// <param name="path">The file that was read.</param>
    /// <param name="where">Where in the file, say "at or after row 7".</param>
    /// <param name="column">The one that was read, where it is known.</param>
    internal static ParquetFileException ForInput(
        Exception exception, string path, string where, string? column = null)
    {
        var text = Words(exception);
        var subject = column is null ? "it" : $"its column '{column}'";
        if (text.Contains("encrypted", StringComparison.OrdinalIgnoreCase)
            || text.Contains("decryption", StringComparison.OrdinalIgnoreCase))
        {
            return ParquetFileException.Encrypted(
                path, column is null ? "its columns are encrypted" : $"{subject} is encrypted", column);
        }
        if (OutOfMemory().IsMatch(text))
        {
            return new ParquetFileException(
                ParquetFault.Unsupported, path, $"a page of {subject} needs too much memory {where} ({text})",
                "write it again with pages of about 1 MB", exception)
            {
                Column = column,
            };
        }
        if (Unsupported().IsMatch(text))
        {
            return new ParquetFileException(
                ParquetFault.Unsupported, path, $"{subject} uses what this reader cannot read {where} ({text})",
                "write it again with zstd and plain types", exception)
            {
                Column = column,
            };
        }
        return ParquetFileException.Damaged(path, $"{subject} is damaged {where} ({text})", exception, column);
    }

    /// <summary>A place in a file, in words.</summary>
    internal static string AtOrAfter(long row) =>
        string.Create(CultureInfo.InvariantCulture, $"at or after row {row}");

    /// <summary>An exception's message without the C++ name of its type, in one line.</summary>
    internal static string Words(Exception exception) => OneLine(MangledName().Replace(exception.Message, "$1"));

    /// <summary>The text without line breaks and control characters, cut to be readable.</summary>
    internal static string OneLine(string message)
    {
        var text = new StringBuilder();
        foreach (var rune in message.EnumerateRunes())
        {
            if (text.Length > LongestQuote)
                return text.Append('…').ToString();
            if (!Rune.IsControl(rune))
                text.Append(rune);
            else if (text.Length > 0 && text[^1] != ' ')
                text.Append(' ');
        }
        return text.ToString().TrimEnd();
    }

    // N7parquet16ParquetExceptionE (message: '...')
    [GeneratedRegex(@"^(?:class )?[\w:]+ \(message: '(.*)'\)$", RegexOptions.Singleline)]
    private static partial Regex MangledName();

    [GeneratedRegex("bad_alloc|out of memory|malloc of size|realloc of size", RegexOptions.IgnoreCase)]
    private static partial Regex OutOfMemory();

    [GeneratedRegex("not implemented|not yet implemented|unsupported|not supported", RegexOptions.IgnoreCase)]
    private static partial Regex Unsupported();
}
