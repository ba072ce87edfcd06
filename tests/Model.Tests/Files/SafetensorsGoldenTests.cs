using System.Text.Json;
using FineWebTorch.Model.Files;

namespace FineWebTorch.Model.Tests.Files;

/// <summary>Our verdict on each file is the official library's.</summary>
public class SafetensorsGoldenTests
{
    private static string Folder => TestData.Directory("safetensors");

    public static TheoryData<string> Cases()
    {
        using var cases = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "cases.json")));
        return [.. cases.RootElement.EnumerateArray().Select(one => one.GetProperty("file").GetString()!)];
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Open_GoldenFile_GivesTheOfficialVerdict(string name)
    {
        using var cases = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "cases.json")));
        var expected = cases.RootElement.EnumerateArray().Single(one => one.GetProperty("file").GetString() == name);
        var path = Path.Combine(Folder, name);
        if (expected.GetProperty("reference").GetString() == "refuses")
        {
            var error = Assert.Throws<ModelFileException>(() => SafetensorsFile.Open(path));
            OneLine.Names(error, path, "fetch the file again");
            Assert.Equal(path, error.FilePath);
            return;
        }
        using var file = SafetensorsFile.Open(path);
        var tensors = expected.GetProperty("tensors").EnumerateObject().ToDictionary(
            tensor => tensor.Name,
            tensor => $"{tensor.Value.GetProperty("dtype")} [{string.Join(", ",
                tensor.Value.GetProperty("shape").EnumerateArray())}]");
        Assert.Equal(tensors, file.Entries.ToDictionary(
            pair => pair.Key, pair => $"{pair.Value.Dtype} {pair.Value.ShapeText}"));
    }

    [Fact]
    public void Cases_All_AreTheFortyFive() => Assert.Equal(45, Cases().Count);

    [Fact]
    public void Bytes_GoodFile_AreTheStoredValues()
    {
        using var file = SafetensorsFile.Open(Path.Combine(Folder, "good.safetensors"));
        Assert.Equal([0f, 1, 2, 3, 4, 5], Floats(file, "a"));
        Assert.Equal([0f, 0.5f, 1, 1.5f], Floats(file, "b"));
    }

    [Fact]
    public void Open_OneByteChanged_NeverReachesOutOfTheFile()
    {
        var good = File.ReadAllBytes(Path.Combine(Folder, "good.safetensors"));
        using var folder = new TemporaryFolder();
        var (accepted, refused) = (0, 0);
        for (var position = 0; position < 8 + 128; position++)
            foreach (var value in (ReadOnlySpan<byte>)[0, (byte)'0', (byte)'9', (byte)'"', (byte)'}', (byte)' ', 255])
            {
                var changed = (byte[])good.Clone();
                changed[position] = value;
                if (TryTouchAll(folder.Write("x.safetensors", changed)))
                    accepted++;
                else
                    refused++;
            }
        Assert.True(accepted > 20 && refused > 500, $"{accepted} accepted, {refused} refused");
    }

    private static bool TryTouchAll(string path)
    {
        try
        {
            using var file = SafetensorsFile.Open(path);
            var sum = 0L;
            foreach (var entry in file.Entries.Values)
                foreach (var value in file.Bytes(entry))
                    sum += value;
            return sum >= 0;
        }
        catch (ModelFileException)
        {
            return false;
        }
    }

    private static float[] Floats(SafetensorsFile file, string name) =>
        System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(file.Bytes(file.Entries[name])).ToArray();
}
