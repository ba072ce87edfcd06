using System.Globalization;
using System.Net;
using FineWebTorch.Common;
using FineWebTorch.Hub;
using FineWebTorch.Model;
using Dtype = FineWebTorch.Protos.V1.Dtype;

namespace FineWebTorch.Coordinator.Options;

/// <summary>Reads the values of options. What cannot be read is a <see cref="FormatException"/>.</summary>
internal static class OptionText
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
        var range = most is long.MaxValue or int.MaxValue ? $"of at least {least}" : $"from {least} to {most}";
        throw new FormatException($"must be a whole number {range}{(zero is null ? "" : $", or {zero}")}");
    }

    public static string Write(long number, string? zero = null) =>
        number == 0 && zero is not null ? zero : number.ToString(CultureInfo.InvariantCulture);

    public static TimeSpan Duration(string text) =>
        Durations.TryParse(text, out var duration) && duration >= TimeSpan.FromMilliseconds(100)
            ? duration
            : throw new FormatException("must be a duration of at least 100ms, for example 45s or 2m");

    public static string OneOf(string text, params string[] allowed) => allowed.Contains(text, StringComparer.Ordinal)
        ? text
        : throw new FormatException($"must be {string.Join(" or ", allowed)}");

    public static string NotEmpty(string text) => string.IsNullOrWhiteSpace(text)
        ? throw new FormatException("must not be empty")
        : text;

    public static KeepRule Keep(string text) => KeepRule.TryParse(text, out var rule)
        ? rule
        : throw new FormatException(
            "must be int3 (int_score >= 3) or another from int0 to int5, raw2.5 (score >= 2.5) or any other number, or all");

    public static Dtype Dtype(string text) => Dtypes.TryParse(text, out var dtype)
        ? dtype
        : throw new FormatException("must be fp32, fp16, bf16 or auto");

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
                : throw new FormatException("must be ADDRESS:PORT, for example 127.0.0.1:5090 or [::1]:5090");
    }

    /// <summary>Paths and pages of the Hub as hf:// paths, others absolute.</summary>
    /// <exception cref="HubPathException">It looks like a path on the Hub and is none.</exception>
    public static string Place(string path) =>
        HubPath.LooksLikeOne(path) ? HubPath.Parse(path).ToString() : FullPath(path);

    /// <summary>A dataset of the Hub, or a folder.</summary>
    /// <inheritdoc cref="Place"/>
    public static string OutputPlace(string path)
    {
        if (!HubPath.LooksLikeOne(path))
            return FullPath(path);
        var place = HubPath.Parse(path);
        return place.Repository.Kind == RepositoryKind.Dataset && place.Path.Length == 0
            ? place.ToString()
            : throw new FormatException("must be a dataset, hf://datasets/owner/name[@revision]");
    }

    /// <summary>Folders absolute, names of repositories as they are.</summary>
    public static string ModelPlace(string model) => Directory.Exists(model) ? FullPath(model) : model;

    private static string FullPath(string path) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
}

/// <summary>Paths on the Hugging Face Hub, in the one spelling that <see cref="HubPath"/> writes.</summary>
internal static class HubPaths
{
    public static bool IsHub(string path) => path.StartsWith(HubPath.Scheme, StringComparison.Ordinal);
}

/// <summary>The protocol's dtypes in the words of the command line.</summary>
internal static class Dtypes
{
    public static string Name(Dtype dtype) => dtype switch
    {
        Dtype.Fp32 => "fp32",
        Dtype.Fp16 => "fp16",
        Dtype.Bf16 => "bf16",
        _ => "auto",
    };

    public static bool TryParse(string text, out Dtype dtype)
    {
        (dtype, var known) = text switch
        {
            "fp32" => (Dtype.Fp32, true),
            "fp16" => (Dtype.Fp16, true),
            "bf16" => (Dtype.Bf16, true),
            "auto" => (Dtype.Unspecified, true),
            _ => (Dtype.Unspecified, false),
        };
        return known;
    }
}
