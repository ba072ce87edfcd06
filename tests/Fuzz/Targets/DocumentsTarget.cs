using FineWebTorch.Fuzz.Engine;
using FineWebTorch.Fuzz.Mutation;
using FineWebTorch.Worker.Documents;

namespace FineWebTorch.Fuzz.Targets;

/// <summary>
/// Files of records, packed or plain: the first byte says whether they are read as JSON lines, comma-separated values
/// or lines of text, and whether records are kept.
/// </summary>
internal sealed class DocumentsTarget : FuzzTarget
{
    private readonly ByteMutator _bytes = new(
        "\n", "\"", ",", "\"\"", "\r\n", "{\"text\":\"", "\"}\n", "NaN", "-Infinity", "text", "\ufeff");

    private readonly JsonMutator _json = new("text id score int_score");

    public override IEnumerable<byte[]> Seeds =>
    [
        [0, .. "{\"text\":\"a\",\"id\":1}\n{\"id\":NaN,\"text\":null}\n\n{\"text\":\"\\ud83d\\ude00\"}"u8],
        [4, .. "{\"text\":\"a\",\"score\":Infinity}\n"u8],
        [1, .. "id,text\n1,\"a \"\"b\"\"\nc\"\n2,d\n"u8],
        [5, .. "text,score\na,1\n"u8],
        [2, .. "a\r\nb\n\nc"u8],
    ];

    public override void Run(byte[] input)
    {
        var kind = input.Length > 0 ? input[0] : 0;
        var columns = new RecordColumns("text", "id", RequiresId: (kind & 8) != 0)
        {
            Added = (kind & 4) != 0 ? ("score", "int_score") : null,
        };
        var stream = InputStreams.Unpacked(new MemoryStream(input.Length > 0 ? input[1..] : []));
        IRecordReader reader = (kind & 3) switch
        {
            0 => new JsonLineReader(stream, "input", columns),
            1 => new CsvReader(stream, "input", columns),
            _ => new TextLineReader(stream, "input", columns),
        };
        using var source = new RecordSource(reader, (kind & 16) != 0 ? new BadRecords(_ => { }) : null);
        var rows = 0L;
        while (source.Read(CancellationToken.None))
        {
            if (source.FirstRow != rows)
                throw new BrokenPromiseException($"row {source.FirstRow} follows row {rows}");
            for (var i = 0; i < source.Count; i++, rows++)
                if (!System.Text.Unicode.Utf8.IsValid(source.Text(i)))
                    throw new BrokenPromiseException("a text that is not UTF-8");
        }
    }

    public override bool IsRefusal(Exception exception) => exception is IOException or InvalidDataException;

    public override byte[] Mutate(byte[] input, byte[] other, Random random)
    {
        if (input.Length < 2 || (input[0] & 3) != 0 || random.Next(2) == 0)
            return _bytes.Mutate(input, other, random);
        var lines = new List<byte[]>();
        foreach (var range in input.AsSpan(1).Split((byte)'\n'))
            lines.Add(input.AsSpan(1)[range].ToArray());
        var at = random.Next(lines.Count);
        lines[at] = _json.Mutate(lines[at], other.Length > 0 ? other[1..] : [], random);
        return [input[0], .. lines.SelectMany((line, i) => i == 0 ? line : [(byte)'\n', .. line])];
    }
}
