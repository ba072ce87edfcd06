using System.Text;

namespace FineWebTorch.Parquet.Format;

/// <summary>Reads SchemaElement and LogicalType of parquet.thrift, and builds the tree that they describe.</summary>
internal static class SchemaReader
{
    /// <summary>Deeper than any real schema; a footer that nests more is damaged.</summary>
    private const int MaximumDepth = 100;

    /// <param name="elements">Each node before its children, as the footer lists them.</param>
    /// <returns>The root.</returns>
    public static SchemaElement Tree(IReadOnlyList<(SchemaElement Element, int Children)> elements)
    {
        var next = 0;
        var root = elements.Count == 0 ? new SchemaElement("") : Take(elements, ref next, depth: 0);
        return next == elements.Count ? root : throw NoTree();
    }

    /// <summary>Reads one node.</summary>
    public static (SchemaElement Element, int Children) Read(ref ThriftReader reader)
    {
        var element = new SchemaElement("");
        var (children, converted, precision, scale) = (0, -1, 0, 0);
        for (var id = 0; reader.ReadField(ref id, out var type);)
        {
            switch (id)
            {
                case 1: element = element with { Storage = Known<StorageType>(reader.Int32(type)) }; break;
                case 2: element = element with { Length = reader.Int32(type) }; break;
                case 3: element = element with { Occurrence = Known<Occurrence>(reader.Int32(type)) }; break;
                case 4: element = element with { Name = Encoding.UTF8.GetString(reader.Binary(type)) }; break;
                case 5: children = reader.Int32(type); break;
                case 6: converted = reader.Int32(type); break;
                case 7: scale = reader.Int32(type); break;
                case 8: precision = reader.Int32(type); break;
                case 10: element = ReadLogicalType(ref reader, type, element); break;
                default: reader.Skip(type); break;
            }
        }
        if (element.Meaning == Meaning.None && converted >= 0)
            element = WithConvertedType(element, converted);
        if (element.Precision == 0)
            element = element with { Precision = precision, Scale = scale };
        return (children > 0 ? element with { Storage = null } : element, children);
    }

    private static SchemaElement Take(
        IReadOnlyList<(SchemaElement Element, int Children)> elements, ref int next, int depth)
    {
        if (depth > MaximumDepth || next == elements.Count)
            throw NoTree();
        var (element, count) = elements[next++];
        if (count <= 0)
            return element;
        var children = new List<SchemaElement>();
        for (var i = 0; i < count; i++)
            children.Add(Take(elements, ref next, depth + 1));
        return element with { Children = children };
    }

    private static SchemaElement ReadLogicalType(ref ThriftReader reader, ThriftType type, SchemaElement element)
    {
        ThriftReader.ExpectStruct(type);
        for (var id = 0; reader.ReadField(ref id, out var kind);)
        {
            if (!Enum.IsDefined((Meaning)id))
            {
                element = element with { IsUnknown = true };
                reader.Skip(kind);
                continue;
            }
            element = element with { Meaning = (Meaning)id };
            if (element.Meaning is Meaning.Decimal or Meaning.Time or Meaning.Timestamp or Meaning.Integer)
                element = ReadParameters(ref reader, kind, element);
            else
                reader.Skip(kind);
        }
        return element;
    }

    // DecimalType, TimeType, TimestampType and IntType: those of the union that say more than their name.
    private static SchemaElement ReadParameters(ref ThriftReader reader, ThriftType kind, SchemaElement element)
    {
        ThriftReader.ExpectStruct(kind);
        for (var id = 0; reader.ReadField(ref id, out var type);)
        {
            switch (element.Meaning, id)
            {
                case (Meaning.Decimal, 1): element = element with { Scale = reader.Int32(type) }; break;
                case (Meaning.Decimal, 2): element = element with { Precision = reader.Int32(type) }; break;
                case (Meaning.Integer, 1): element = element with { BitWidth = reader.Int32(type) }; break;
                case (Meaning.Integer, 2): element = element with { IsSigned = ThriftReader.Bool(type) }; break;
                case (_, 1): element = element with { IsInstant = ThriftReader.Bool(type) }; break;
                case (_, 2): element = element with { Unit = ReadUnit(ref reader, type) }; break;
                default: reader.Skip(type); break;
            }
        }
        return element;
    }

    private static string ReadUnit(ref ThriftReader reader, ThriftType kind)
    {
        ThriftReader.ExpectStruct(kind);
        var unit = "";
        for (var id = 0; reader.ReadField(ref id, out var type); reader.Skip(type))
            unit = id switch { 1 => "ms", 2 => "us", 3 => "ns", _ => "" };
        return unit;
    }

    // ConvertedType of parquet.thrift. A timestamp that has it alone names no zone, and is none to Arrow.
    private static SchemaElement WithConvertedType(SchemaElement element, int converted) => converted switch
    {
        0 => element with { Meaning = Meaning.String },
        1 or 2 => element with { Meaning = Meaning.Map },
        3 => element with { Meaning = Meaning.List },
        4 => element with { Meaning = Meaning.Enum },
        5 => element with { Meaning = Meaning.Decimal },
        6 => element with { Meaning = Meaning.Date },
        7 => element with { Meaning = Meaning.Time, Unit = "ms" },
        8 => element with { Meaning = Meaning.Time, Unit = "us" },
        9 => element with { Meaning = Meaning.Timestamp, Unit = "ms" },
        10 => element with { Meaning = Meaning.Timestamp, Unit = "us" },
        >= 11 and <= 14 => WithInteger(element, 8 << (converted - 11), isSigned: false),
        >= 15 and <= 18 => WithInteger(element, 8 << (converted - 15), isSigned: true),
        19 => element with { Meaning = Meaning.Json },
        20 => element with { Meaning = Meaning.Bson },
        21 => element with { Meaning = Meaning.Interval },
        _ => element,
    };

    private static SchemaElement WithInteger(SchemaElement element, int bitWidth, bool isSigned) =>
        element with { Meaning = Meaning.Integer, BitWidth = bitWidth, IsSigned = isSigned };

    private static T Known<T>(int number)
        where T : struct, Enum =>
        Enum.IsDefined((T)(object)number) ? (T)(object)number : throw new FormatException("its schema is damaged");

    private static FormatException NoTree() => new("its schema is not a tree");
}
