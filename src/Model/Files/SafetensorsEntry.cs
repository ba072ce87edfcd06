using System.Text.Json;
using static FineWebTorch.Model.Files.SafetensorsHeader;

namespace FineWebTorch.Model.Files;

/// <summary>A tensor as the header of a file describes it.</summary>
/// <param name="Name">Its name, any Unicode text.</param>
/// <param name="Dtype">Element type.</param>
/// <param name="Shape">Dimensions, row-major; none for a scalar.</param>
/// <param name="Begin">First byte, counted from the end of the header.</param>
/// <param name="End">One past the last byte.</param>
internal sealed record SafetensorsEntry(
    string Name, SafetensorsDtype Dtype, IReadOnlyList<ulong> Shape, ulong Begin, ulong End)
{
    private const int MostShown = 16;

    /// <summary>For people; the first of very many dimensions.</summary>
    public string ShapeText => Shape.Count <= MostShown
        ? $"[{string.Join(", ", Shape)}]"
        : $"[{string.Join(", ", Shape.Take(MostShown))}, … {Shape.Count} dimensions]";

    /// <summary>Reads <c>{"dtype": …, "shape": […], "data_offsets": [begin, end]}</c>.</summary>
    /// <exception cref="FormatException">It is something else; the message says what.</exception>
    public static SafetensorsEntry Read(ref Utf8JsonReader reader, string name)
    {
        Expect(reader.TokenType == JsonTokenType.StartObject, $"describes tensor '{name}' by something not an object");
        SafetensorsDtype? dtype = null;
        List<ulong>? shape = null, offsets = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = TextOf(ref reader);
            reader.Read();
            switch (key)
            {
                case "dtype":
                    ExpectFirst(dtype is null, name, key);
                    dtype = ReadDtype(ref reader, name);
                    break;
                case "shape":
                    ExpectFirst(shape is null, name, key);
                    shape = ReadNumbers(ref reader, name, key);
                    break;
                case "data_offsets":
                    ExpectFirst(offsets is null, name, key);
                    offsets = ReadNumbers(ref reader, name, key);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
        Expect(dtype is not null && shape is not null && offsets is { Count: 2 },
            $"describes tensor '{name}' without a dtype, a shape and two data_offsets");
        return new SafetensorsEntry(name, dtype!.Value, shape!, offsets![0], offsets[1]);
    }

    private static void ExpectFirst(bool first, string name, string key) =>
        Expect(first, $"gives tensor '{name}' two values of {key}");

    private static SafetensorsDtype ReadDtype(ref Utf8JsonReader reader, string name)
    {
        Expect(reader.TokenType == JsonTokenType.String, $"gives tensor '{name}' a dtype that is not a string");
        var text = TextOf(ref reader);
        Expect(SafetensorsDtypes.TryParse(text, out var dtype), $"gives tensor '{name}' the unknown dtype '{text}'");
        return dtype;
    }

    private static List<ulong> ReadNumbers(ref Utf8JsonReader reader, string name, string key)
    {
        Expect(reader.TokenType == JsonTokenType.StartArray, $"gives tensor '{name}' a {key} that is not an array");
        var numbers = new List<ulong>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            Expect(reader.TokenType == JsonTokenType.Number && reader.TryGetUInt64(out _),
                $"gives tensor '{name}' a {key} with an entry that is not a whole number from 0 to 2^64 - 1");
            numbers.Add(reader.GetUInt64());
        }
        return numbers;
    }
}
