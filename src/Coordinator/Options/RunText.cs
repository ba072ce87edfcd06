using FineWebTorch.Common;
using FineWebTorch.Hub;
using FineWebTorch.Model;
using Dtype = FineWebTorch.Protos.V1.Dtype;

namespace FineWebTorch.Coordinator.Options;

/// <summary>
/// Reads the values of options of a run. What cannot be read is a <see cref="FormatException"/> that says what to give.
/// </summary>
internal static class RunText
{
    public static KeepRule Keep(string text) => KeepRule.TryParse(text, out var rule)
        ? rule
        : throw new FormatException(
            "give int3 (int_score >= 3) or another from int0 to int5, raw2.5 (score >= 2.5) or any other number, or all" +
            (IsThreshold(text) ? "" : Typos.Hint(text, ["int3", "raw3", "all"])));

    public static Dtype Dtype(string text) => Dtypes.Parse(OptionText.OneOf(text, Dtypes.Names));

    /// <summary>Paths and pages of the Hub as hf:// paths, others absolute.</summary>
    public static string Place(string path)
    {
        ForeignPlace.Refuse(path);
        return HubPath.LooksLikeOne(path) ? HubPlace(path).ToString() : FullPath(path);
    }

    /// <summary>A dataset of the Hub, or a folder.</summary>
    public static string OutputPlace(string path)
    {
        ForeignPlace.Refuse(path, isOutput: true);
        if (!HubPath.LooksLikeOne(path))
            return FullPath(path);
        var place = HubPlace(path);
        return place.Repository.Kind == RepositoryKind.Dataset && place.Path.Length == 0
            ? place.ToString()
            : throw new FormatException("give a dataset, hf://datasets/owner/name[@revision]");
    }

    /// <summary>Folders absolute, names of repositories as they are.</summary>
    public static string ModelPlace(string model)
    {
        ForeignPlace.Refuse(model);
        return Directory.Exists(model) ? FullPath(model) : model;
    }

    /// <summary>Then it is the number that is wrong, and no other number was meant.</summary>
    private static bool IsThreshold(string text) =>
        text.StartsWith("int", StringComparison.Ordinal) || text.StartsWith("raw", StringComparison.Ordinal);

    private static HubPath HubPlace(string path)
    {
        try
        {
            return HubPath.Parse(path);
        }
        catch (HubPathException refusal)
        {
            throw new FormatException($"not a place on the Hub: {refusal.Reason}", refusal);
        }
    }

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
    public static IReadOnlyList<string> Names { get; } = ["fp32", "fp16", "bf16", "auto"];

    public static string Name(Dtype dtype) => dtype switch
    {
        Dtype.Fp32 => "fp32",
        Dtype.Fp16 => "fp16",
        Dtype.Bf16 => "bf16",
        _ => "auto",
    };

    /// <param name="text">One of <see cref="Names"/>.</param>
    public static Dtype Parse(string text) => text switch
    {
        "fp32" => Dtype.Fp32,
        "fp16" => Dtype.Fp16,
        "bf16" => Dtype.Bf16,
        _ => Dtype.Unspecified,
    };
}
