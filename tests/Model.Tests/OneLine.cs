namespace FineWebTorch.Model.Tests;

internal static class OneLine
{
    /// <summary>Asserts that an error is one line that names all of this, and returns it.</summary>
    public static T Names<T>(T error, params string[] parts) where T : Exception
    {
        Assert.DoesNotContain('\n', error.Message);
        Assert.InRange(error.Message.Length, 20, 400);
        Assert.All(parts, part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
        return error;
    }
}
