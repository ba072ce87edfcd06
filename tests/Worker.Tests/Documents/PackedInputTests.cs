using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using FineWebTorch.Worker.Documents;

namespace FineWebTorch.Worker.Tests.Documents;

/// <summary>Packed files as gzip(1), Python and zstd(1) write and read them.</summary>
public sealed class PackedInputTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<int, int, int> Paddings
    {
        get
        {
            var data = new TheoryData<int, int, int>();
            // Lengths around the blocks in which the file is read.
            foreach (var lines in (int[])[1, 3000, 40_000])
            {
                foreach (var padding in (int[])[0, 1, 2, 511, 70_000])
                    data.Add(lines, padding, lines % 7);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Paddings))]
    public void Gzip_MembersAndZeros_AreWhatTheyHold(int lines, int padding, int seed)
    {
        var (one, other) = (Text(lines, seed), Text(lines / 2, seed + 1));
        byte[] packed = [.. Gzip(one), .. new byte[padding], .. Gzip(""), .. Gzip(other), .. new byte[padding]];

        Assert.Equal(one + other, Unpacked(packed));
    }

    [Fact]
    public async Task Gzip_MembersAndZeros_AreWhatPythonReads()
    {
        var python = Executables.Require("python3");
        byte[] packed = [.. Gzip(Text(2000, 3)), .. new byte[100], .. Gzip(Text(10, 4)), .. new byte[1000]];
        var path = _folder.Write("a.gz", packed);
        const string script = "import gzip, hashlib, sys; print(hashlib.sha256(gzip.open(sys.argv[1]).read()).hexdigest())";

        var expected = await Executables.OutputOfAsync(new ProcessStartInfo(python, ["-c", script, path]));

        Assert.Equal(expected.Trim(), Common.Sha256.Of(Unpacked(packed)));
    }

    [Fact]
    public void Gzip_CutAnywhere_IsNeverTakenForWhole()
    {
        byte[] packed = [.. Gzip(Text(40, 1)), .. Gzip(Text(40, 2))];
        var first = Gzip(Text(40, 1)).Length;
        foreach (var length in Enumerable.Range(2, packed.Length - 2).Where(length => length != first))
            Assert.Throws<PackedDataException>(() => Unpacked(packed[..length]));
    }

    [Fact]
    public void Gzip_FollowedByText_IsRefusedAfterWhatItHolds()
    {
        byte[] packed = [.. Gzip("one\n"), 0, 0, .. "{\"text\":\"lost\"}\n"u8];
        using var stream = InputStreams.Unpacked(new MemoryStream(packed));
        var buffer = new byte[100];

        Assert.Equal(4, stream.ReadAtLeast(buffer, 4));
        Assert.Throws<PackedDataException>(() => stream.Read(buffer));
    }

    [Theory]
    [InlineData("-q -c")]
    [InlineData("-q -c --long=31 --ultra -22")]
    [InlineData("-q -c --no-check")]
    public async Task Zstd_OfTheProgram_IsRead(string options)
    {
        var zstd = Executables.Require("zstd");
        var text = Text(5000, 5);
        var path = _folder.Write("in", text);
        var packed = _folder.File("in.zst");
        await Executables.OutputOfAsync(new ProcessStartInfo(
            "/bin/sh", ["-c", $"{zstd} {options} {path} > {packed}; {zstd} {options} {path} >> {packed}"]));
        var bytes = File.ReadAllBytes(packed);

        Assert.Equal(text + text, Unpacked(bytes));
        Assert.Throws<PackedDataException>(() => Unpacked(bytes[..^3]));
    }

    [Fact]
    public void Line_InDamagedData_IsNamed()
    {
        var packed = Gzip(string.Concat(Enumerable.Range(0, 1000).Select(i => $"{i} {i * 7919}\n")));
        packed[^6] ^= 1;
        using var reader = new LineReader(InputStreams.Unpacked(new MemoryStream(packed)), "in.gz");

        var fault = Assert.Throws<InvalidDataException>(() =>
        {
            while (reader.TryRead(out _))
            {
            }
        });
        Assert.Matches("^in.gz: the gzip data is damaged or cut off after line [0-9]+; fetch the file again$", fault.Message);
    }

    private static string Text(int lines, int seed)
    {
        var random = new Random(seed);
        return string.Concat(Enumerable.Range(0, lines).Select(i => $"{i} {new string('x', i % 50)} {random.Next()}\n"));
    }

    private static byte[] Gzip(string text)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal))
            gzip.Write(Encoding.UTF8.GetBytes(text));
        return packed.ToArray();
    }

    private static string Unpacked(byte[] packed)
    {
        using var stream = InputStreams.Unpacked(new MemoryStream(packed));
        using var text = new MemoryStream();
        stream.CopyTo(text, 10_000);
        return Encoding.UTF8.GetString(text.ToArray());
    }
}
