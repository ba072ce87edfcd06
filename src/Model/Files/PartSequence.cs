using System.Text.Json;

namespace FineWebTorch.Model.Files;

/// <summary>
/// A step of tokenizer.json that is one supported part, or a <c>Sequence</c> of such, however deep. A part that stands
/// there again, with the same settings, changes nothing more.
/// </summary>
/// <param name="file">tokenizer.json.</param>
/// <param name="key">The step.</param>
/// <param name="list">Where a sequence of this step lists its parts.</param>
/// <param name="supported">The type that parts may have.</param>
internal sealed class PartSequence(JsonSection file, string key, string list, string supported)
{
    /// <summary>The one part, or the first of several that are alike.</summary>
    /// <exception cref="ModelFileException">There is none, another, or several that differ.</exception>
    public JsonSection ReadAlike()
    {
        var parts = file.Object(key) is { } step ? Flat(step, list).ToList() : [];
        if (parts.Count == 0)
            throw Unsupported("missing");
        foreach (var part in parts)
        {
            if (part.Text("type") is var type && type != supported)
                throw Unsupported(type ?? "of no type");
            if (!JsonElement.DeepEquals(part.Content, parts[0].Content))
                throw Unsupported($"a Sequence of {supported}s with different settings");
        }
        return parts[0];
    }

    /// <summary>The one part of a step that must have no more; null where the step is missing.</summary>
    /// <exception cref="ModelFileException">It has several, or none.</exception>
    public static JsonSection? Single(JsonSection file, string key, string list)
    {
        if (file.Object(key) is not { } step)
            return null;
        var parts = Flat(step, list).ToList();
        return parts.Count == 1
            ? parts[0]
            : throw file.Wrong($"{key} is a Sequence of {parts.Count} parts; supported is a Sequence of one");
    }

    private static IEnumerable<JsonSection> Flat(JsonSection part, string list) => part.Text("type") == "Sequence"
        ? part.Objects(list).SelectMany(inner => Flat(inner, list))
        : [part];

    private ModelFileException Unsupported(string type) =>
        file.Wrong($"{key} is {type}; supported is {supported}, the tokenizer of BERT");
}
